"""One frame of whatever holds an image: DICOM, or the PNG, JPEG, BMP and TIFF pictures of research folders."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image

from engine.dicom.failures import damaged, told_plainly
from engine.dicom.limits import check_frame_size
from engine.dicom.pixels import Frame, read_dicom_frame
from engine.domain.errors import CaseError, ErrorKind

_SIGNATURES = {
    b"\x89PNG\r\n\x1a\n": "PNG",
    b"\xff\xd8\xff": "JPEG",
    b"BM": "BMP",
    b"II*\0": "TIFF",
    b"MM\0*": "TIFF",
}
_DEEP_MODES = ("I;16", "I;16L", "I;16B", "I;16N")


def read_frame(path: str, index: int = 0) -> Frame:
    """Frame `index` of a DICOM file or picture, told by content and not by name.

    Pages of a TIFF count as frames. More than 8 bits keep their upper 8; transparency is dropped.

    Raises
    ------
    CaseError
        With a sentence that names the file; sizes are checked before anything is decoded.
    """
    kind = picture_format(path)
    if kind is None:
        return read_dicom_frame(path, index)
    with told_plainly(path):
        try:
            return _read_picture(path, kind, index)
        except Image.DecompressionBombError as error:
            name = Path(path).name
            raise CaseError(
                ErrorKind.TOO_LARGE, f"{name} is too large to be read as a picture. Choose a smaller one.", str(error)
            ) from error


def picture_format(path: str) -> str | None:
    """ "PNG", "JPEG", "BMP" or "TIFF" by the first bytes, None for anything else (DICOM)."""
    with told_plainly(path), Path(path).open("rb") as file:
        start = file.read(132)
    if start[128:] == b"DICM":  # a preamble may look like a TIFF: dual-personality files (PS3.10 7.1)
        return None
    return next((kind for signature, kind in _SIGNATURES.items() if start.startswith(signature)), None)


def _read_picture(path: str, kind: str, index: int) -> Frame:
    name = Path(path).name
    with Image.open(path, formats=(kind,)) as image:
        n_frames = int(getattr(image, "n_frames", 1))
        if not 0 <= index < n_frames:
            raise CaseError(ErrorKind.INVALID, f"{name} has {n_frames} frames; there is no frame {index + 1}.")
        if index:
            image.seek(index)
        columns, rows = image.size
        check_frame_size(name, rows, columns)
        return Frame(pixels=_rgb(image, name), index=index, n_frames=n_frames)


def _rgb(image: Image.Image, name: str) -> npt.NDArray[np.uint8]:
    if image.mode in _DEEP_MODES:
        grey = (np.asarray(image).astype(np.uint16) >> 8).astype(np.uint8)
        return np.repeat(grey[..., None], 3, axis=2)
    if image.mode in ("I", "F"):
        raise damaged(name, "its grey values are not 8 or 16 bits")
    return np.array(image if image.mode == "RGB" else image.convert("RGB"))
