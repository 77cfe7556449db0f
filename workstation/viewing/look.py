"""Where a viewer looks, how it shows the picture, and how a linked viewer follows. No Qt."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field

from engine.domain.calibration import Point, Scale, Uncalibrated, scale_between
from engine.domain.case import Box, UltrasoundImage
from workstation.viewing.window_level import WindowLevel

MOST_REMEMBERED = 500
SHAPE_TOLERANCE = 0.01
"""Relative difference of pixel shapes that is not seen side by side."""


@dataclass(frozen=True, kw_only=True)
class Look:
    """What part of a picture is on screen.

    Attributes
    ----------
    zoom : screen pixels per picture pixel.
    x, y : picture point in the middle of the viewer.
    """

    zoom: float
    x: float
    y: float


@dataclass(frozen=True, kw_only=True)
class Manner:
    """How a picture is shown; `mirrored` is left-right, `upside_down` up-down."""

    window: WindowLevel = field(default_factory=WindowLevel)
    inverted: bool = False
    mirrored: bool = False
    upside_down: bool = False


@dataclass(frozen=True, kw_only=True)
class Remembered:
    """A picture as it was left; `look` is None where it was fitted."""

    manner: Manner = field(default_factory=Manner)
    look: Look | None = None


class Memory:
    """How each picture was left while its study is open."""

    def __init__(self) -> None:
        self._left: OrderedDict[tuple[str, Box | None], Remembered] = OrderedDict()

    def keep(self, image: UltrasoundImage, left: Remembered) -> None:
        key = (image.path, image.crop)
        self._left.pop(key, None)
        if left != Remembered():
            self._left[key] = left
        while len(self._left) > MOST_REMEMBERED:
            self._left.popitem(last=False)

    def of(self, image: UltrasoundImage) -> Remembered:
        return self._left.get((image.path, image.crop), Remembered())

    def clear(self) -> None:
        self._left.clear()


def followed(before: Look, after: Look, other: Look, scales: tuple[Scale, Scale] | None) -> Look:
    """Where the other viewer looks after the first one went from `before` to `after`.

    Both zoom by the same factor, so the ratio of their zooms stays. The centre moves the same way in mm where both
    scales are known (`scales`: of the first and of the other picture), else the same way on the screen.
    """
    zoom = other.zoom * after.zoom / before.zoom
    dx, dy = after.x - before.x, after.y - before.y
    if scales is not None:
        mine, its = scales
        dx, dy = dx * mine.x_mm / its.x_mm, dy * mine.y_mm / its.y_mm
    else:
        dx, dy = dx * before.zoom / other.zoom, dy * before.zoom / other.zoom
    return Look(zoom=zoom, x=other.x + dx, y=other.y + dy)


def followed_frame(index: int, n_frames: int, n_other: int) -> int:
    """Frame of another loop at the same part of its way: the same number where both are equally long."""
    if n_frames == n_other or n_frames < 2:
        return min(index, n_other - 1)
    return round(index * (n_other - 1) / (n_frames - 1))


def calibration_of(image: UltrasoundImage) -> Scale | Uncalibrated:
    """Scale in the middle of the ultrasound picture."""
    box = image.crop or Box(0, 0, image.columns, image.rows)
    middle = Point((box.x0 + box.x1) / 2, (box.y0 + box.y1) / 2)
    return scale_between(image.regions, (middle,))


def scale_of(image: UltrasoundImage) -> Scale | None:
    """Scale in the middle of the ultrasound picture, None where it is not calibrated."""
    found = calibration_of(image)
    return found if isinstance(found, Scale) else None


def common_scales(images: Sequence[UltrasoundImage | None]) -> tuple[Scale, Scale] | None:
    """Scales of two pictures where both are known."""
    scales = [scale_of(image) if image is not None else None for image in images]
    one, other = scales
    return (one, other) if one is not None and other is not None else None


def zooms_of_same_scale(scales: Sequence[Scale], zooms: Sequence[float]) -> tuple[float, ...] | None:
    """Zooms with which all pictures have as many mm per screen pixel as the coarsest one has now, so that nothing
    that is visible is lost; None where their pixels have different shapes and no zoom makes them equal."""
    shapes = [scale.y_mm / scale.x_mm for scale in scales]
    if max(shapes) > min(shapes) * (1 + SHAPE_TOLERANCE):
        return None
    coarsest = max(scale.x_mm / zoom for scale, zoom in zip(scales, zooms, strict=True))
    return tuple(scale.x_mm / coarsest for scale in scales)
