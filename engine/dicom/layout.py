"""How the pixels of a file are stored: the Image Pixel module (DICOM PS3.3 C.7.6.3) checked and in plain numbers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from pydicom.dataset import Dataset

from engine.dicom.failures import damaged, no_pixels, unsupported
from engine.dicom.limits import check_frame_count, check_frame_size

_SAMPLES = {
    "MONOCHROME1": 1, "MONOCHROME2": 1, "PALETTE COLOR": 1, "RGB": 3, "YBR_FULL": 3, "YBR_FULL_422": 3,
    "YBR_PARTIAL_422": 3, "YBR_PARTIAL_420": 3, "YBR_RCT": 3, "YBR_ICT": 3,
}  # fmt: skip
_BITS_ALLOCATED = (1, 8, 16, 32)


@dataclass(frozen=True, kw_only=True)
class PixelLayout:
    """Stored form of one frame.

    Attributes
    ----------
    samples : 1 (grey, palette) or 3 (colour).
    by_plane : PlanarConfiguration 1, all red first; only meaningful for uncompressed and RLE data.
    bits_allocated, bits_stored, high_bit : per sample, PS3.5 8.1.1.
    """

    rows: int
    columns: int
    samples: int
    photometric: str
    by_plane: bool
    bits_allocated: int
    bits_stored: int
    high_bit: int
    signed: bool
    n_frames: int

    @property
    def sample_bytes(self) -> int:
        return max(1, self.bits_allocated // 8)

    @property
    def unused_low_bits(self) -> int:
        """Bits of an uncompressed sample below its value."""
        return self.high_bit + 1 - self.bits_stored

    @property
    def pixels(self) -> int:
        return self.rows * self.columns

    @property
    def full_frame_bits(self) -> int:
        """Bits of an uncompressed frame without colour subsampling."""
        return self.pixels * self.samples * self.bits_allocated


def read_layout(dataset: Dataset, name: str) -> PixelLayout:
    """The layout of a data set; raises `CaseError` when it is absent, absurd or of a kind that is not read.

    Nothing is allocated: sizes are checked against `engine.dicom.limits` here.
    """
    rows, columns = _number(dataset, "Rows", name), _number(dataset, "Columns", name)
    if rows is None or columns is None:
        raise no_pixels(name)
    photometric = str(dataset.get("PhotometricInterpretation") or "").strip().upper()
    samples = _number(dataset, "SamplesPerPixel", name) or _SAMPLES.get(photometric, 1)
    n_frames = _number(dataset, "NumberOfFrames", name)
    check_frame_size(name, rows, columns, samples)
    n_frames = max(1, n_frames or 1)
    check_frame_count(name, n_frames)
    if not photometric:
        photometric = "RGB" if samples == 3 else "MONOCHROME2"
    if photometric not in _SAMPLES:
        raise unsupported(name, f"has the colour coding {photometric[:20]}")
    if samples != _SAMPLES[photometric]:
        raise damaged(name, f"{photometric} with {samples} samples per pixel contradict each other")
    allocated = _number(dataset, "BitsAllocated", name) or 8
    stored = _number(dataset, "BitsStored", name) or allocated
    high_bit = _number(dataset, "HighBit", name)
    if allocated not in _BITS_ALLOCATED or not 1 <= stored <= allocated:
        raise damaged(name, f"{stored} bits stored in {allocated} bits are not possible")
    high_bit = stored - 1 if high_bit is None or not stored - 1 <= high_bit < allocated else high_bit
    return PixelLayout(
        rows=rows, columns=columns, samples=samples, photometric=photometric,
        by_plane=samples > 1 and _number(dataset, "PlanarConfiguration", name) == 1,
        bits_allocated=allocated, bits_stored=stored, high_bit=high_bit,
        signed=_number(dataset, "PixelRepresentation", name) == 1,
        n_frames=n_frames,
    )  # fmt: skip


def _number(dataset: Dataset, keyword: str, name: str) -> int | None:
    value: Any = dataset.get(keyword)
    if value is None or value == "":
        return None
    try:
        return int(value)
    except (TypeError, ValueError) as error:
        raise damaged(name, f"its header field {keyword} is not a number") from error
