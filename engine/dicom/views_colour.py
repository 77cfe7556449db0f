"""Colour overlays (flow, power, elastography) in a picture that may be tinted, written on and measured in."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from engine.domain.case import Box

Mask = npt.NDArray[np.bool_]
Pixels = npt.NDArray[np.uint8]

LEAST_CHROMA = 45
"""Largest minus smallest channel, beyond the picture's own tint."""
MOST_TINT = 80
"""A grey map is tinted less than this; anything stronger is colour in its own right."""
LEAST_SHARE = 0.001
"""Of the picture's area: a lesion's single small vessel."""
_BINS = 16


def coloured(frame: Pixels) -> Mask:
    """(H, W): pixels whose colour is not that of the grey map.

    A sepia or blue map gives every grey level one colour. The median colour of each of 16 levels is taken for the
    map's; what differs from it by `LEAST_CHROMA` is coloured. Strokes of text, calipers and box lines are removed.
    """
    mask = chromatic(frame)
    if not mask.any():
        return mask
    thin = max(3, round(min(frame.shape[:2]) / 200) | 1)
    opened = cv2.morphologyEx(mask.astype(np.uint8), cv2.MORPH_OPEN, np.ones((thin, thin), np.uint8))
    return np.asarray(opened, dtype=bool)


def chromatic(frame: Pixels) -> Mask:
    """(H, W): as `coloured`, with thin strokes."""
    level, chroma = _level_and_chroma(frame)
    if int(chroma.max()) <= LEAST_CHROMA:
        return np.zeros(frame.shape[:2], dtype=bool)
    # The table holds level minus tint for every value, so that one look-up takes the tint off a channel.
    tint = _tint(frame[::2, ::2], level[::2, ::2])
    residual = [frame[..., c].astype(np.int16) - tint[level, c] for c in range(3)]
    beyond = np.maximum.reduce(residual) - np.minimum.reduce(residual)
    return np.asarray((beyond > LEAST_CHROMA) & (level > 50), dtype=bool)


def _level_and_chroma(frame: Pixels) -> tuple[Pixels, Pixels]:
    """Largest channel, and largest minus smallest."""
    red, green, blue = cv2.split(frame)
    level = np.asarray(cv2.max(cv2.max(red, green), blue), dtype=np.uint8)
    return level, level - np.asarray(cv2.min(cv2.min(red, green), blue), dtype=np.uint8)


def _tint(frame: Pixels, level: Pixels) -> npt.NDArray[np.int16]:
    """(256, 3): the grey map's offset from the smallest channel at each level.

    Levels that few lit pixels have are filled in between the others: there an overlay could outnumber the grey map.
    """
    width = 256 // _BINS
    offsets = frame.astype(np.int16) - frame.min(axis=2, keepdims=True)
    enough = max(20, 0.01 * np.count_nonzero(level >= width))
    centres, medians = [0.0], [np.zeros(3)]
    for first in range(0, 256, width):
        here = offsets[(level >= first) & (level < first + width)]
        if len(here) < enough:
            continue
        median = np.median(here[:: max(1, len(here) // 20_000)], axis=0)
        if median.max() <= MOST_TINT:
            centres.append(first + width / 2)
            medians.append(median)
    levels, known = np.arange(256), np.array(medians)
    return np.stack([np.interp(levels, centres, known[:, c]) for c in range(3)], axis=1).astype(np.int16)


def overlay(frame: Pixels, mask: Mask, box: Box, least_share: float = LEAST_SHARE) -> Box | None:
    """Bounding box of the colour overlay inside `box`, None when there is none.

    Parameters
    ----------
    mask : from `coloured`.
    least_share : smallest coloured share of the box that counts as an overlay.

    Notes
    -----
    Colour bars (straight, full, at the left or right side) and small icons of one flat colour do not count.
    """
    part = mask[box.y0 : box.y1, box.x0 : box.x1]
    count, labels, stats, _ = cv2.connectedComponentsWithStats(part.astype(np.uint8), connectivity=8)
    pixels = frame[box.y0 : box.y1, box.x0 : box.x1]
    kept = [n for n in range(1, count) if not _is_graphic(pixels, labels, stats[n], n)]
    area = sum(int(stats[n, cv2.CC_STAT_AREA]) for n in kept)
    if not kept or area < least_share * box.area:
        return None
    left, top = min(stats[n, 0] for n in kept), min(stats[n, 1] for n in kept)
    right, bottom = max(stats[n, 0] + stats[n, 2] for n in kept), max(stats[n, 1] + stats[n, 3] for n in kept)
    return Box(box.x0 + int(left), box.y0 + int(top), box.x0 + int(right), box.y0 + int(bottom))


def colour_bar(frame: Pixels, mask: Mask) -> Box | None:
    """A velocity or power scale anywhere in the frame: a tall straight strip whose colour changes downwards only.

    It shows that colour was switched on even where nothing flows.
    """
    rows = frame.shape[0]
    upright = np.ones((max(3, rows // 25), 1), np.uint8)  # over the black middle of a velocity scale
    joined = cv2.morphologyEx(mask.astype(np.uint8), cv2.MORPH_CLOSE, upright)
    count, _, stats, _ = cv2.connectedComponentsWithStats(joined, connectivity=8)
    for x, y, width, height, area in (tuple(int(v) for v in stats[n]) for n in range(1, count)):
        if width < 4 or height < max(3 * width, 0.08 * rows) or area < 0.8 * width * height:
            continue
        inside = frame[y : y + height, x + 1 : x + width - 1].astype(np.float32)
        across, down = inside.std(axis=1).max(axis=1), inside.mean(axis=1).std(axis=0).max()
        if np.median(across) < 12 and down > 25:
            return Box(x, y, x + width, y + height)
    return None


def _is_graphic(pixels: Pixels, labels: npt.NDArray[np.int32], stats: npt.NDArray[np.int32], number: int) -> bool:
    """True for a part of a colour bar, a flat icon or a mark on the black beside the picture: no blood flows there."""
    rows, columns = labels.shape
    x, y, width, height, area = (int(v) for v in stats)
    share = area / (rows * columns)
    at_side = x + width < 0.12 * columns or x > 0.88 * columns
    is_full = area > 0.85 * width * height
    if at_side and is_full and (height > 1.5 * width or share < 0.01):
        return True
    if share > 0.005:
        return False
    inside = labels[y : y + height, x : x + width] == number
    flat = pixels[y : y + height, x : x + width][inside].astype(np.float32).std(axis=0).max() < 10.0
    return bool(flat) or _on_black(pixels, Box(x, y, x + width, y + height))


def _on_black(pixels: Pixels, box: Box) -> bool:
    """True when a frame of 3 to 9 pixels around the box is black; tissue, even a cyst's, has noise in it."""
    rows, columns = pixels.shape[:2]
    x0, y0, x1, y1 = max(box.x0 - 9, 0), max(box.y0 - 9, 0), min(box.x1 + 9, columns), min(box.y1 + 9, rows)
    level = pixels[y0:y1, x0:x1].max(axis=2)
    ring = np.ones(level.shape, dtype=bool)
    ring[max(box.y0 - 3 - y0, 0) : box.y1 + 3 - y0, max(box.x0 - 3 - x0, 0) : box.x1 + 3 - x0] = False
    return bool(ring.any() and np.percentile(level[ring], 80) < 12)
