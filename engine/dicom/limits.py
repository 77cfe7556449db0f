"""What is refused before memory is taken: sizes that no ultrasound image has."""

from __future__ import annotations

from engine.domain.errors import CaseError, ErrorKind

MAX_SIDE = 16_384
"""Rows or columns."""
MAX_FRAME_PIXELS = 32 * 2**20
"""Pixels of one frame; the largest screens that are captured have 9 million."""
MAX_FRAMES = 100_000
"""Frames of one file: about an hour of video."""
MAX_INFLATED_BYTES = 512 * 2**20
"""Bytes of a deflated file after inflating."""
MAX_INFLATED_HEADER_BYTES = 16 * 2**20
"""Bytes of a deflated file before its image."""
MAX_COMPRESSED_FRAME_BYTES = 256 * 2**20
"""Bytes of one compressed frame."""


def check_frame_size(name: str, rows: int, columns: int, samples: int = 1) -> None:
    """Raise `CaseError` (TOO_LARGE or CORRUPT) when a frame of this size is not to be decoded.

    Parameters
    ----------
    name : base name of the file, for the sentence.
    """
    if rows <= 0 or columns <= 0 or samples <= 0:
        raise CaseError(
            ErrorKind.CORRUPT,
            f"{name} says that its image is {columns} x {rows} pixels; the file is damaged. Export it again.",
        )
    if max(rows, columns) > MAX_SIDE or rows * columns > MAX_FRAME_PIXELS or samples > 4:
        raise CaseError(
            ErrorKind.TOO_LARGE,
            f"{name} says that its image is {columns} x {rows} pixels, more than is read "
            f"({MAX_FRAME_PIXELS // 2**20} megapixels). The file is damaged or no ultrasound image; export it again.",
        )


def check_frame_count(name: str, n_frames: int) -> None:
    """Raise `CaseError` (TOO_LARGE) when a file of so many frames is not to be opened."""
    if n_frames > MAX_FRAMES:
        raise CaseError(
            ErrorKind.TOO_LARGE,
            f"{name} says that it has {n_frames} frames, more than is read ({MAX_FRAMES}). "
            "The file is damaged; export it again.",
        )
