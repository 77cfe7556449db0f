"""Scan conversion of a curved probe: from scan lines to the fan-shaped picture."""

from __future__ import annotations

from functools import cache

import cv2
import numpy as np
import numpy.typing as npt

from engine.data.phantom.fields import FloatImage

HALF_ANGLE = 0.56
"""Radians from the middle line to the outermost one."""
PROBE_RADIUS = 0.42
"""Radius of the probe's face as a part of the picture's depth."""


@cache
def _maps(lines: tuple[int, int], picture: tuple[int, int]) -> tuple[FloatImage, FloatImage]:
    """For each pixel of the picture the (column, row) in the scan lines; outside the fan beyond their edge."""
    rows, columns = picture
    x = (np.arange(columns, dtype=np.float32) - (columns - 1) / 2)[None, :]
    top = PROBE_RADIUS * np.cos(HALF_ANGLE)
    depth_px = (rows - 1) / (1 + PROBE_RADIUS - top)
    y = np.arange(rows, dtype=np.float32)[:, None] / depth_px + top
    x = x / depth_px
    reach, angle = np.hypot(x, y), np.arctan2(x, y)
    row = (reach - PROBE_RADIUS) * (lines[0] - 1)
    column = (angle / HALF_ANGLE + 1) / 2 * (lines[1] - 1)
    outside = (np.abs(angle) > HALF_ANGLE) | (reach < PROBE_RADIUS) | (reach > 1 + PROBE_RADIUS)
    row[outside] = -100
    return column.astype(np.float32), row.astype(np.float32)


def scan_converted(lines: npt.NDArray[np.uint8], picture: tuple[int, int]) -> npt.NDArray[np.uint8]:
    """(rows, columns[, 3]) uint8 picture of (samples, lines[, 3]) uint8; black outside the fan."""
    column, row = _maps((lines.shape[0], lines.shape[1]), picture)
    return np.asarray(cv2.remap(lines, column, row, cv2.INTER_LINEAR, borderValue=(0, 0, 0)), dtype=np.uint8)


def pixel_mm(depth_mm: float, picture: tuple[int, int]) -> float:
    """Size of a pixel of a picture that shows `depth_mm` of tissue."""
    return depth_mm * (1 + PROBE_RADIUS - PROBE_RADIUS * float(np.cos(HALF_ANGLE))) / (picture[0] - 1)
