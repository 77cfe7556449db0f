"""Lengths, areas and angles on a frame: in mm where the scale is known, else in pixels with the reason."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from engine.domain.calibration import Point, Scale, Uncalibrated, scale_between
from engine.domain.case import Region


class Unit(StrEnum):
    MM = "mm"
    MM2 = "mm²"
    PIXELS = "pixels"
    PIXELS2 = "pixels²"
    DEGREES = "°"


@dataclass(frozen=True, kw_only=True)
class Measured:
    """One figure as it is shown.

    Attributes
    ----------
    why_not : empty when calibrated, else why the figure is not in mm ("not calibrated: ..." on screen).
    """

    value: float
    unit: Unit
    why_not: str = ""

    @property
    def is_calibrated(self) -> bool:
        return not self.why_not

    def __str__(self) -> str:
        figure = f"{self.value:.{0 if self.unit in (Unit.PIXELS, Unit.PIXELS2) else 1}f}"
        figure += self.unit if self.unit is Unit.DEGREES else f" {self.unit}"
        return figure if self.is_calibrated else f"{figure}, not calibrated: {self.why_not}"


@dataclass(frozen=True, kw_only=True)
class Ellipse:
    """An ellipse in pixels of the frame by its centre, the end of one half-axis and the length of the other.

    Attributes
    ----------
    end : end of the first half-axis, which may point anywhere.
    across_px : length of the second half-axis, at a right angle to the first in pixels.
    """

    centre: Point
    end: Point
    across_px: float

    def __post_init__(self) -> None:
        if not (math.isfinite(self.across_px) and self.across_px > 0 and self._along_px > 0):
            raise ValueError("both axes of an ellipse need a length")

    @property
    def _along_px(self) -> float:
        return math.hypot(self.end.x - self.centre.x, self.end.y - self.centre.y)

    @property
    def area_px(self) -> float:
        return math.pi * self._along_px * self.across_px

    @property
    def axis_ends(self) -> tuple[Point, Point, Point, Point]:
        """Both ends of the first axis, then of the second."""
        dx, dy = self.end.x - self.centre.x, self.end.y - self.centre.y
        share = self.across_px / self._along_px
        steps = ((dx, dy), (-dx, -dy), (-dy * share, dx * share), (dy * share, -dx * share))
        a, b, c, d = (Point(self.centre.x + x, self.centre.y + y) for x, y in steps)
        return a, b, c, d

    @property
    def extremes(self) -> tuple[Point, Point, Point, Point]:
        """Where it reaches farthest left, right, up and down."""
        (a, _, c, _), o = self.axis_ends, self.centre
        x, y = math.hypot(a.x - o.x, c.x - o.x), math.hypot(a.y - o.y, c.y - o.y)
        return Point(o.x - x, o.y), Point(o.x + x, o.y), Point(o.x, o.y - y), Point(o.x, o.y + y)


def distance(regions: Sequence[Region], a: Point, b: Point) -> Measured:
    """Length between two points; deltas may differ across and down."""
    scale = scale_between(regions, (a, b))
    if isinstance(scale, Uncalibrated):
        return Measured(value=math.hypot(b.x - a.x, b.y - a.y), unit=Unit.PIXELS, why_not=scale.reason)
    return Measured(value=math.hypot(*_vector_mm(scale, a, b)), unit=Unit.MM)


def ellipse_area(regions: Sequence[Region], ellipse: Ellipse) -> Measured:
    """Area of an ellipse; calibrated only where all of its bounding box has one scale.

    A change of scale multiplies every area by the product of both deltas, whichever way the axes point.
    """
    left, right, top, bottom = ellipse.extremes
    corners = [Point(x, y) for x in (left.x, right.x) for y in (top.y, bottom.y)]
    scale = scale_between(regions, (ellipse.centre, *corners))
    if isinstance(scale, Uncalibrated):
        return Measured(value=ellipse.area_px, unit=Unit.PIXELS2, why_not=scale.reason)
    return Measured(value=ellipse.area_px * scale.x_mm * scale.y_mm, unit=Unit.MM2)


def angle(regions: Sequence[Region], vertex: Point, a: Point, b: Point) -> Measured:
    """Angle at `vertex` between the ways to `a` and `b`, 0 to 180 degrees; from pixels where no scale is known.

    Raises
    ------
    ValueError
        One of the points is the vertex.
    """
    scale = scale_between(regions, (vertex, a, b))
    pixels = Scale(x_mm=1.0, y_mm=1.0)
    used = pixels if isinstance(scale, Uncalibrated) else scale
    (ax, ay), (bx, by) = _vector_mm(used, vertex, a), _vector_mm(used, vertex, b)
    if not (math.hypot(ax, ay) and math.hypot(bx, by)):
        raise ValueError("an angle needs three different points")
    degrees = math.degrees(abs(math.atan2(ax * by - ay * bx, ax * bx + ay * by)))
    return Measured(value=degrees, unit=Unit.DEGREES, why_not=scale.reason if isinstance(scale, Uncalibrated) else "")


@dataclass(frozen=True, kw_only=True)
class LesionSize:
    """Size of a lesion in the order of a BI-RADS report: longest horizontal, vertical, orthogonal horizontal axis.

    Attributes
    ----------
    orthogonal_mm : horizontal axis in the orthogonal plane, never longer than `horizontal_mm`; None when one plane
        only was measured.
    """

    horizontal_mm: float
    vertical_mm: float
    orthogonal_mm: float | None = None

    def __post_init__(self) -> None:
        given = [v for v in (self.horizontal_mm, self.vertical_mm, self.orthogonal_mm) if v is not None]
        if not all(math.isfinite(v) and v > 0 for v in given):
            raise ValueError("an axis needs a length of more than 0 mm")
        if self.orthogonal_mm is not None and self.orthogonal_mm > self.horizontal_mm:
            raise ValueError("the longer horizontal axis comes first")

    def __str__(self) -> str:
        axes = [self.horizontal_mm, self.vertical_mm, *([self.orthogonal_mm] if self.orthogonal_mm else [])]
        return " x ".join(f"{v:.0f}" if v >= 99.5 else f"{v:.1f}" for v in axes) + " mm"


def lesion_size(
    horizontal: Measured, vertical: Measured, orthogonal: Measured | None = None
) -> LesionSize | Uncalibrated:
    """Size from distances, each measured on the frame where that axis is seen; the longer horizontal one goes first.

    Returns
    -------
    `Uncalibrated` when one of them is not in mm: a size is never put together from pixels and mm.
    """
    for name, axis in (("horizontal", horizontal), ("vertical", vertical), ("orthogonal", orthogonal)):
        if axis is not None and (axis.unit is not Unit.MM or not axis.value > 0):
            return Uncalibrated(f"the {name} axis is not measured in mm ({axis.why_not or 'it has no length'})")
    if orthogonal is None:
        return LesionSize(horizontal_mm=horizontal.value, vertical_mm=vertical.value)
    longer, shorter = max(horizontal.value, orthogonal.value), min(horizontal.value, orthogonal.value)
    return LesionSize(horizontal_mm=longer, vertical_mm=vertical.value, orthogonal_mm=shorter)


def _vector_mm(scale: Scale, a: Point, b: Point) -> tuple[float, float]:
    return (b.x - a.x) * scale.x_mm, (b.y - a.y) * scale.y_mm
