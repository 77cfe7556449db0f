"""From stored samples to RGB: the only place where colours are decided.

DICOM PS3.3 C.7.6.3.1.2: YBR_FULL is ITU-R BT.601 over 0 to 255, YBR_PARTIAL over 16 to 235 and 16 to 240.
"""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt
from pydicom.dataset import Dataset

from engine.dicom.codecs import Samples
from engine.dicom.grey import grey_8_bit
from engine.dicom.layout import PixelLayout
from engine.dicom.palette import palette_rgb

_FRACTION = 20
"""Bits behind the point of the integer arithmetic: exact to the rounding of real numbers."""


def to_rgb(samples: Samples, layout: PixelLayout, header: Dataset, little_endian: bool) -> npt.NDArray[np.uint8]:
    """One frame as (rows, columns, 3) uint8 RGB, contiguous.

    Grey passes the window or, without one, the full range of the stored bits; more than 8 bits of colour keep their
    upper 8.
    """
    if layout.samples == 1:
        values = stored_values(samples, layout)[..., 0]
        if layout.photometric == "PALETTE COLOR":
            return np.ascontiguousarray(palette_rgb(values, header, little_endian))
        inverse = layout.photometric == "MONOCHROME1"
        signed = samples.signed or layout.signed
        grey = grey_8_bit(values, samples.bits, signed, header, inverse)
        return np.asarray(cv2.cvtColor(grey, cv2.COLOR_GRAY2RGB), dtype=np.uint8)
    values = _upper_8_bits(samples, layout)
    if samples.colour == "rgb" or (samples.colour == "tag" and not layout.photometric.startswith("YBR")):
        return np.ascontiguousarray(values)
    if samples.colour == "tag" and layout.photometric in ("YBR_RCT", "YBR_ICT"):
        return np.ascontiguousarray(values)  # those exist within JPEG 2000 only, whose decoder gives RGB
    return ybr_to_rgb(values, partial=samples.colour == "tag" and "PARTIAL" in layout.photometric)


def stored_values(samples: Samples, layout: PixelLayout) -> npt.NDArray[np.generic]:
    """True stored values: unused bits removed, sign extended (PS3.5 8.1.1)."""
    values = samples.values
    if samples.signed:
        return values
    if samples.shift == 0 and samples.bits == 8 * values.dtype.itemsize:
        values = values.astype(values.dtype.newbyteorder("="), copy=False)
        return values.view(f"i{values.dtype.itemsize}") if layout.signed else values
    values = (values.astype(np.int64) >> samples.shift) & ((1 << samples.bits) - 1)
    if layout.signed:
        values = np.where(values >= 1 << (samples.bits - 1), values - (1 << samples.bits), values)
    return values


def _upper_8_bits(samples: Samples, layout: PixelLayout) -> npt.NDArray[np.uint8]:
    if samples.values.dtype == np.uint8 and samples.bits == 8:
        return samples.values.view(np.uint8)
    values = stored_values(samples, layout)
    if samples.bits >= 8:
        return (values.astype(np.int64) >> (samples.bits - 8)).astype(np.uint8)
    return (values.astype(np.int64) * 255 // ((1 << samples.bits) - 1)).astype(np.uint8)


def ybr_to_rgb(values: npt.NDArray[np.uint8], *, partial: bool = False) -> npt.NDArray[np.uint8]:
    """(rows, columns, 3) uint8 Y Cb Cr -> RGB, the real-valued formula rounded to the nearest number."""
    luma, red_cr, green_cb, green_cr, blue_cb = _TABLES[partial]
    y, cb, cr = values[..., 0], values[..., 1], values[..., 2]
    bright = luma[y]
    rgb = np.empty(values.shape, dtype=np.uint8)
    for channel, total in enumerate((red_cr[cr], green_cb[cb] + green_cr[cr], blue_cb[cb])):
        total += bright
        total >>= _FRACTION
        np.clip(total, 0, 255, out=total)
        rgb[..., channel] = total
    return rgb


def _tables(partial: bool) -> tuple[npt.NDArray[np.int32], ...]:
    code = np.arange(256, dtype=np.float64)
    y = (code - 16.0) * 255.0 / 219.0 if partial else code
    chroma = (code - 128.0) * 255.0 / 224.0 if partial else code - 128.0
    parts = (y, 1.402 * chroma, -0.114 * 1.772 / 0.587 * chroma, -0.299 * 1.402 / 0.587 * chroma, 1.772 * chroma)
    one = 1 << _FRACTION
    tables = [np.floor(p * one + 0.5).astype(np.int32) for p in parts]
    tables[0] += one // 2
    return tuple(tables)


_TABLES = {partial: _tables(partial) for partial in (False, True)}
