"""Grey values to 8 bits: modality LUT, window or VOI LUT, inversion (DICOM PS3.3 C.11.1, C.11.2)."""

from __future__ import annotations

import math
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
from pydicom.dataset import Dataset
from pydicom.multival import MultiValue
from pydicom.pixels.processing import apply_modality_lut

Floats = npt.NDArray[np.float64]


def grey_8_bit(
    values: npt.NDArray[np.generic], bits: int, signed: bool, header: Dataset, inverse: bool
) -> npt.NDArray[np.uint8]:
    """Display values of stored grey values, through one table where there are at most 16 bits.

    Parameters
    ----------
    values : any shape, integer, true stored values (sign extended).
    bits, signed : the range the stored values can have.
    inverse : MONOCHROME1, the lowest value is white.

    The first window of the header is used, else its VOI LUT, else the full range that the stored bits can hold: the
    same grey value gives the same display value in every frame.
    """
    if bits <= 16:
        low = -(1 << (bits - 1)) if signed else 0
        domain = np.arange(low, low + (1 << bits))
        table = _display_values(domain, bits, signed, header, inverse)
        if bits == 8 and not signed and values.dtype == np.uint8:
            return np.asarray(cv2.LUT(np.ascontiguousarray(values), table), dtype=np.uint8)
        return np.asarray(table[np.clip(values.astype(np.int32) - low, 0, len(table) - 1)])
    return _display_values(values.astype(np.int64), bits, signed, header, inverse)


def _display_values(
    stored: npt.NDArray[np.int64], bits: int, signed: bool, header: Dataset, inverse: bool
) -> npt.NDArray[np.uint8]:
    real = np.asarray(apply_modality_lut(stored, header), dtype=np.float64)
    low, high = float(real.min()), float(real.max())
    if bits > 16:  # the table is the image itself: its range is the one the bits can hold
        edge = np.array([-(1 << (bits - 1)), (1 << (bits - 1)) - 1] if signed else [0, (1 << bits) - 1])
        low, high = sorted(float(v) for v in apply_modality_lut(edge, header))
    window = _window(header)
    if window is not None:
        unit = _windowed(real, *window, str(header.get("VOILUTFunction") or "LINEAR").strip().upper())
    elif header.get("VOILUTSequence"):
        unit = _voi_table(real, header["VOILUTSequence"].value[0])
    else:
        unit = (real - low) / max(high - low, 1e-9)
    shown = np.floor(np.clip(unit, 0.0, 1.0) * 255.0 + 0.5).astype(np.uint8)
    return np.asarray(255 - shown if inverse else shown, dtype=np.uint8)


def _window(header: Dataset) -> tuple[float, float] | None:
    center, width = _first(header.get("WindowCenter")), _first(header.get("WindowWidth"))
    if center is None or width is None or not math.isfinite(center) or not math.isfinite(width) or width <= 0:
        return None
    return center, width


def _first(value: Any) -> float | None:
    if isinstance(value, MultiValue | list | tuple):
        value = value[0] if len(value) else None
    return None if value is None or value == "" else float(value)


def _windowed(real: Floats, center: float, width: float, function: str) -> Floats:
    """0 to 1 by the window: C.11.2.1.2.1 linear, C.11.2.1.3.1 sigmoid, C.11.2.1.3.2 linear exact."""
    if function == "SIGMOID":
        return np.asarray(1.0 / (1.0 + np.exp(np.clip(-4.0 * (real - center) / width, -700, 700))))
    if function == "LINEAR_EXACT":
        return (real - center) / width + 0.5
    if width <= 1:
        return (real > center - 0.5).astype(np.float64)
    return (real - (center - 0.5)) / (width - 1) + 0.5


def _voi_table(real: Floats, item: Dataset) -> Floats:
    """0 to 1 by a lookup table (C.11.2.1.1)."""
    count, first, bits = (int(v) for v in item.LUTDescriptor)
    entries = np.asarray(_entries(item.LUTData, bits), dtype=np.float64)[: count or 65_536]
    place = np.clip(np.floor(real) - first, 0, len(entries) - 1).astype(np.int64)
    return np.asarray(entries[place] / float((1 << bits) - 1))


def _entries(data: Any, bits: int) -> npt.NDArray[np.generic]:
    if isinstance(data, bytes):
        return np.frombuffer(data, dtype=np.uint8 if bits <= 8 else "<u2")
    return np.asarray(data)
