"""Uncompressed frames: bytes to samples (DICOM PS3.5 8.1 and 8.2)."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from engine.dicom.failures import truncated
from engine.dicom.layout import PixelLayout
from engine.dicom.pixel_source import PixelSource


def native_samples(source: PixelSource, index: int) -> npt.NDArray[np.generic]:
    """Samples of frame `index`, shape (rows, columns, samples), unsigned and as stored.

    Only the bytes of this frame are read. 4:2:2 colour (C.7.6.3.1.2) is expanded to full width.
    """
    layout = source.layout
    if layout.bits_allocated == 1:
        return _single_bits(source, index)
    subsampled = _is_subsampled(source)
    frame_bytes = layout.pixels * (2 if subsampled else layout.samples) * layout.sample_bytes
    data = _frame_bytes(source, index * frame_bytes, frame_bytes)
    dtype = np.dtype(f"{'<' if source.little_endian else '>'}u{layout.sample_bytes}")
    values = np.frombuffer(data, dtype=dtype)
    if subsampled:
        return _expand_422(values, layout)
    if layout.by_plane:
        return values.reshape(layout.samples, layout.rows, layout.columns).transpose(1, 2, 0)
    return values.reshape(layout.rows, layout.columns, layout.samples)


def _is_subsampled(source: PixelSource) -> bool:
    """4:2:2 by its tag, unless the data are long enough for full resolution: some writers only forget the tag."""
    layout = source.layout
    if layout.photometric not in ("YBR_FULL_422", "YBR_PARTIAL_422") or layout.columns % 2:
        return False
    return source.stated_bytes < layout.n_frames * layout.full_frame_bits // 8


def _frame_bytes(source: PixelSource, start: int, length: int) -> bytes:
    """Bytes of a frame; 8-bit samples in big-endian words (OW) come in swapped pairs and are put in order."""
    if source.little_endian or source.layout.bits_allocated != 8 or source.pixel_vr != "OW":
        return source.raw(start, length)
    first = start & ~1
    words = np.frombuffer(source.raw(first, (start + length - first + 1) & ~1), dtype=np.uint16)
    return words.byteswap().tobytes()[start - first : start - first + length]


def _expand_422(values: npt.NDArray[np.generic], layout: PixelLayout) -> npt.NDArray[np.generic]:
    """Y1 Y2 Cb Cr per pair of pixels -> Y Cb Cr per pixel."""
    pairs = values.reshape(layout.rows, layout.columns // 2, 4)
    full = np.empty((layout.rows, layout.columns, 3), dtype=values.dtype)
    full[:, 0::2, 0], full[:, 1::2, 0] = pairs[..., 0], pairs[..., 1]
    full[:, 0::2, 1:] = full[:, 1::2, 1:] = pairs[..., 2:]
    return full


def _single_bits(source: PixelSource, index: int) -> npt.NDArray[np.generic]:
    """One bit per pixel, the first pixel in the lowest bit; frames follow each other without padding."""
    layout = source.layout
    first, last = index * layout.pixels, (index + 1) * layout.pixels
    if (last + 7) // 8 > source.stated_bytes:
        raise truncated(source.name)
    data = np.frombuffer(source.raw(first // 8, (last + 7) // 8 - first // 8), dtype=np.uint8)
    bits = np.unpackbits(data, bitorder="little")[first % 8 : first % 8 + layout.pixels]
    return bits.reshape(layout.rows, layout.columns, 1)
