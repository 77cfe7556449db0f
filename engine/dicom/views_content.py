"""Where the ultrasound picture lies in a frame without region calibration, found in the pixels alone."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from engine.domain.case import Box

Grey = npt.NDArray[np.uint8]

SPECKLE_STD = 3.0
"""Grey levels within 9 x 9 pixels: speckle has more, flat panels and black margins less."""
LEAST_AREA = 0.08
"""Of the frame; a smaller find is not trusted and the whole frame is taken."""
NOISE_STEP = 1
"""Median grey step between neighbours in a row or column of noise; flat margins have 0."""
_DARK = 20


def content_box(grey: Grey) -> Box | None:
    """The largest connected area of speckle, without the text and panels around it; None when none is found.

    Parameters
    ----------
    grey : (H, W) uint8.
    """
    rows, columns = grey.shape
    values = grey.astype(np.float32)
    mean, square = cv2.blur(values, (9, 9)), cv2.blur(values * values, (9, 9))
    variance = square - mean * mean
    # Letters are mostly background, so the median around them is the background's level.
    beyond = cv2.absdiff(cv2.medianBlur(grey, 15), np.full_like(grey, _background(grey, variance))) > 3
    speckle = ((variance > SPECKLE_STD**2) & beyond).astype(np.uint8)
    # A line of text is lower than this; a picture is not.
    side = max(9, round(min(rows, columns) / 18))
    speckle = cv2.morphologyEx(speckle, cv2.MORPH_CLOSE, np.ones((5, 5), np.uint8))
    speckle = _opened(speckle, side)
    count, labels, stats, _ = cv2.connectedComponentsWithStats(speckle, connectivity=8)
    if count < 2:
        return None
    largest = int(stats[1:, cv2.CC_STAT_AREA].argmax()) + 1
    box = _extent(labels == largest)
    near = [n for n in range(1, count) if n != largest and _belongs(stats[n], stats[largest], box)]
    for number in near:  # the other half of a dual picture, parts cut off by an acoustic shadow
        other = _extent(labels == number)
        box = Box(min(box.x0, other.x0), min(box.y0, other.y0), max(box.x1, other.x1), max(box.y1, other.y1))
    return _grown(grey, box) if box.area >= LEAST_AREA * rows * columns else None


def _background(grey: Grey, variance: npt.NDArray[np.float32]) -> int:
    """The commonest level of flat areas; black when a twentieth of the frame or less is flat."""
    flat = grey[variance < 0.5]
    return int(np.bincount(flat, minlength=256).argmax()) if flat.size > 0.05 * grey.size else 0


def _grown(grey: Grey, box: Box) -> Box:
    """The box with the rows and columns beside it that hold faint noise (deep, dark parts)."""
    x0, y0, x1, y1 = box.x0, box.y0, box.x1, box.y1
    values = grey.astype(np.int16)
    # The median step between neighbours: 0 on flat ground even where there are letters, more in noise.
    rows = np.median(np.abs(np.diff(values[:, x0:x1], axis=1)), axis=1) >= NOISE_STEP
    while y0 > 0 and rows[y0 - 1]:
        y0 -= 1
    while y1 < len(rows) and rows[y1]:
        y1 += 1
    columns = np.median(np.abs(np.diff(values[y0:y1], axis=0)), axis=0) >= NOISE_STEP
    while x0 > 0 and columns[x0 - 1]:
        x0 -= 1
    while x1 < len(columns) and columns[x1]:
        x1 += 1
    return Box(x0, y0, x1, y1)


def _opened(mask: Grey, side: int) -> Grey:
    """Opening that does not eat the picture's edge where it ends at the frame's."""
    padded = cv2.copyMakeBorder(mask, side, side, side, side, cv2.BORDER_REPLICATE)
    opened = cv2.morphologyEx(padded, cv2.MORPH_OPEN, np.ones((side, side), np.uint8))
    return np.asarray(opened[side:-side, side:-side])


def _extent(mask: npt.NDArray[np.bool_]) -> Box:
    ys, xs = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    return Box(int(xs[0]), int(ys[0]), int(xs[-1]) + 1, int(ys[-1]) + 1)


def _belongs(part: npt.NDArray[np.int32], main: npt.NDArray[np.int32], box: Box) -> bool:
    """A part as tall as the main one and level with it, or within its columns, of at least a twentieth of its area."""
    if part[cv2.CC_STAT_AREA] < 0.05 * main[cv2.CC_STAT_AREA]:
        return False
    x, y, width, height = (int(v) for v in part[:4])
    level = min(y + height, box.y1) - max(y, box.y0)
    beside = level > 0.8 * max(height, box.height)
    within = x >= box.x0 - 5 and x + width <= box.x1 + 5 and y <= box.y1 + 0.15 * box.height
    return beside or within


def dark_gap(grey: Grey, box: Box) -> tuple[int, int] | None:
    """Columns (first, past the last) of a dark vertical gap near the middle of `box` that runs its full height."""
    part = grey[box.y0 : box.y1, box.x0 : box.x1] > _DARK
    lit = part.mean(axis=0)
    empty = lit <= 0.02
    first, last = round(0.4 * box.width), round(0.6 * box.width)
    best: tuple[int, int] | None = None
    start = None
    for x in range(first, last + 1):
        if x < last and empty[x]:
            start = x if start is None else start
        elif start is not None:
            if best is None or x - start > best[1] - best[0]:
                best = (start, x)
            start = None
    if best is None or best[1] - best[0] < 2:
        return None
    sides = part[:, : best[0]].mean(), part[:, best[1] :].mean()
    return (box.x0 + best[0], box.x0 + best[1]) if min(sides) > 0.15 else None


def seam(grey: Grey, box: Box) -> int | None:
    """Column at the middle of `box` where two pictures touch without a gap: most rows jump there, as nowhere else."""
    part = cv2.blur(grey[box.y0 : box.y1, box.x0 : box.x1], (1, 9)).astype(np.int16)
    if part.shape[1] < 40:
        return None
    jumps = np.percentile(np.abs(np.diff(part, axis=1)), 30, axis=0)
    middle, reach = box.width // 2, max(3, round(0.03 * box.width))
    window = jumps[middle - reach : middle + reach]
    at = int(window.argmax())
    usual = float(np.median(jumps))
    return box.x0 + middle - reach + at + 1 if window[at] >= 5 and window[at] > 4 * max(usual, 1.0) else None


def spectral_baseline(grey: Grey, box: Box) -> int | None:
    """Row of the baseline of a spectral trace in the lower part of `box`, None when there is none.

    A baseline is a thin, even, bright line across the picture; the trace fills the rows beside it and thins out to the
    black ground away from it. The bright fascia of a B-mode picture is neither straight nor even, and the line of a
    colour box has tissue on both sides.
    """
    part = grey[box.y0 : box.y1, box.x0 : box.x1].astype(np.float32)
    rows = part.shape[0]
    reach = max(12, round(0.2 * rows))
    for y in range(round(0.4 * rows), rows - 16):
        line = part[y]
        level = float(np.median(line))
        if level < 60 or np.mean(np.abs(line - level) < 0.2 * level) < 0.9:
            continue
        above, below = part[max(0, y - reach) : y - 3], part[y + 4 : y + 1 + reach]
        if max(float(above[-6:].mean()), float(below[:6].mean())) > 0.75 * level:
            continue
        away = [np.median(strip[-max(1, len(strip) // 3) :]) for strip in (above[::-1], below)]
        if max(away) < _DARK and (_thins_out(above[::-1]) or _thins_out(below)):
            return box.y0 + y
    return None


def _thins_out(strip: npt.NDArray[np.float32]) -> bool:
    """True when the rows near the line hold clearly more than those away from it."""
    third = len(strip) // 3
    if third < 3:
        return False
    near, far = float(strip[:third].mean()), float(strip[-third:].mean())
    return near > 10 and near > 1.5 * far
