"""The scanner's screen around the picture: neutral margin, depth ticks, grey and colour bar, the word SIMULATED."""

from __future__ import annotations

from collections.abc import Mapping

import cv2
import numpy as np
import numpy.typing as npt

from engine.data.phantom.palettes import Palette, scale_colours
from engine.data.phantom.view import View
from engine.domain.case import Box

LEFT, TOP, RIGHT, BOTTOM, GAP = 28, 40, 48, 24, 40
INK = (190, 190, 190)
BAR = Box(12, 0, 20, 96)
"""Grey or colour bar, against the right upper corner of the picture it belongs to."""


def placements(views: Mapping[str, View], *, dual: bool) -> dict[str, Box]:
    """Where each picture lies on its screen; with `dual` all are on one screen, side by side."""
    places: dict[str, Box] = {}
    x = LEFT
    for modality, view in views.items():
        rows, columns = view.frame.shape[:2]
        places[modality] = Box(x, TOP, x + columns, TOP + rows)
        if dual:
            x += columns + GAP
    return places


def bar_box(place: Box) -> Box:
    """The bar beside a picture, in pixels of the screen."""
    return Box(place.x1 + BAR.x0, place.y0 + BAR.y0, place.x1 + BAR.x1, place.y0 + BAR.y1)


def screen(views: Mapping[str, View], places: Mapping[str, Box], text: str) -> npt.NDArray[np.uint8]:
    """(rows, columns, 3) uint8 RGB screen with the pictures at their places, untouched."""
    columns = max(p.x1 for p in places.values()) + RIGHT
    rows = max(p.y1 for p in places.values()) + BOTTOM
    canvas = np.full((rows, columns, 3), 6, dtype=np.uint8)
    _write(canvas, "SIMULATED", (LEFT, 15), 0.45)
    _write(canvas, text, (LEFT, 31), 0.36)
    for modality, view in views.items():
        place = places[modality]
        canvas[place.y0 : place.y1, place.x0 : place.x1] = view.frame
        _ticks(canvas, place, view.pixel_mm)
        _bar(canvas, bar_box(place), view.palette)
    return canvas


def _write(canvas: npt.NDArray[np.uint8], text: str, at: tuple[int, int], size: float) -> None:
    cv2.putText(canvas, text, at, cv2.FONT_HERSHEY_SIMPLEX, size, INK, 1, cv2.LINE_AA)


def _ticks(canvas: npt.NDArray[np.uint8], place: Box, pixel_mm: float) -> None:
    """One tick per 5 mm of depth, longer at every centimetre."""
    for step in range(int(place.height * pixel_mm / 5.0) + 1):
        row = place.y0 + min(round(step * 5.0 / pixel_mm), place.height - 1)
        length = 6 if step % 2 == 0 else 3
        canvas[row, place.x0 - 3 - length : place.x0 - 3] = INK


def _bar(canvas: npt.NDArray[np.uint8], box: Box, palette: Palette) -> None:
    canvas[box.y0 : box.y1, box.x0 : box.x1] = scale_colours(palette, box.height)[:, None, :]
