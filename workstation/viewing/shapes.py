"""What can be drawn on a frame as points to take hold of, and its words. No Qt.

A shape is one of the domain's annotations, or a region of interest.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from engine.domain.annotation import Annotation, Arrow, Caliper, KeyImage, Note, Outline
from engine.domain.calibration import Point
from engine.domain.case import Box, Region
from engine.domain.measure import Ellipse, Measured, distance, ellipse_area
from engine.domain.roi import LEAST_SIDE_PX, Roi, RoiShape
from workstation.words import later, tr

Shape = Annotation | Roi
LEAST_PX = 2.0
"""A shorter line is a slip of the hand."""
_AXIS_MARK = {later("horizontal"): "1", later("vertical"): "2", later("orthogonal"): "3"}
_ROI_SHAPES = {RoiShape.BOX: later("box"), RoiShape.ELLIPSE: later("ellipse")}


@dataclass(frozen=True, kw_only=True)
class Words:
    """Words of a shape: beside it, in the list, and why a length is not in mm."""

    short: str
    long: str
    why_not: str = ""


def handles(shape: Shape) -> tuple[Point, ...]:
    """Points by which a shape is changed."""
    match shape:
        case Caliper():
            return (shape.a, shape.b)
        case Arrow():
            return (shape.head, shape.tail)
        case Note():
            return (shape.at,)
        case Outline():
            return shape.ellipse.axis_ends
        case Roi():
            b = shape.box
            return Point(b.x0, b.y0), Point(b.x1, b.y0), Point(b.x1, b.y1), Point(b.x0, b.y1)
    return ()


def with_handle(shape: Shape, number: int, to: Point) -> Shape:
    """The shape after one of its handles was dragged; the shape as it was where that would leave nothing of it."""
    try:
        match shape:
            case Caliper():
                return replace(shape, a=to) if number == 0 else replace(shape, b=to)
            case Arrow():
                return replace(shape, head=to) if number == 0 else replace(shape, tail=to)
            case Note():
                return replace(shape, at=to)
            case Outline():
                return replace(shape, ellipse=_reshaped(shape.ellipse, number, to))
            case Roi():
                return _corner_moved(shape, number, to)
    except ValueError:
        pass
    return shape


def moved(shape: Shape, dx: float, dy: float) -> Shape:
    """The whole shape elsewhere, in pixels."""
    match shape:
        case Caliper():
            return replace(shape, a=_off(shape.a, dx, dy), b=_off(shape.b, dx, dy))
        case Arrow():
            return replace(shape, head=_off(shape.head, dx, dy), tail=_off(shape.tail, dx, dy))
        case Note():
            return replace(shape, at=_off(shape.at, dx, dy))
        case Outline():
            e = shape.ellipse
            return replace(shape, ellipse=replace(e, centre=_off(e.centre, dx, dy), end=_off(e.end, dx, dy)))
        case Roi():
            return shape.shifted(round(dx), round(dy))
    return shape


def resized(shape: Shape, dx: float, dy: float) -> Shape:
    """The shape after its last handle was moved, in pixels; of a region and an ellipse the one right, or down."""
    match shape:
        case Outline():  # its handles are the ends of both axes: one across, one down
            points = handles(shape)
            right = max(range(4), key=lambda n: points[n].x)
            low = max((n for n in range(4) if n // 2 != right // 2), key=lambda n: points[n].y)
            shape = with_handle(shape, right, _off(points[right], dx, 0.0)) if dx else shape
            return with_handle(shape, low, _off(handles(shape)[low], 0.0, dy)) if dy else shape
        case Roi():
            return with_handle(shape, 2, _off(handles(shape)[2], dx, dy))
    points = handles(shape)
    return with_handle(shape, len(points) - 1, _off(points[-1], dx, dy)) if points else shape


def middle_of(shape: Shape) -> Point:
    """The middle of its handles."""
    points = handles(shape)
    return Point(sum(p.x for p in points) / len(points), sum(p.y for p in points) / len(points))


def distance_to(shape: Shape, point: Point) -> float:
    """How far a point is from the drawn lines, in pixels."""
    match shape:
        case Caliper():
            return _from_line(point, shape.a, shape.b)
        case Arrow():
            return _from_line(point, shape.tail, shape.head)
        case Note():
            return math.dist((shape.at.x, shape.at.y), (point.x, point.y))
        case Outline():
            return _from_path(point, ellipse_path(shape.ellipse))
        case Roi(shape=RoiShape.ELLIPSE):
            return _from_path(point, ellipse_path(ellipse_in(shape.box)))
        case Roi():
            return _from_path(point, (*handles(shape), handles(shape)[0]))
    return math.inf


def ellipse_in(box: Box) -> Ellipse:
    """The upright ellipse in a box."""
    centre = Point((box.x0 + box.x1) / 2, (box.y0 + box.y1) / 2)
    return Ellipse(centre=centre, end=Point(box.x1, centre.y), across_px=box.height / 2)


def ellipse_path(ellipse: Ellipse, steps: int = 72) -> tuple[Point, ...]:
    """Points along an ellipse, the first one again at the end."""
    (a, _, c, _), o = ellipse.axis_ends, ellipse.centre
    turns = (2 * math.pi * i / steps for i in range(steps + 1))
    ways = ((math.cos(t), math.sin(t)) for t in turns)
    return tuple(
        Point(o.x + u * (a.x - o.x) + v * (c.x - o.x), o.y + u * (a.y - o.y) + v * (c.y - o.y)) for u, v in ways
    )


def measured(shape: Shape, regions: Sequence[Region]) -> Measured | None:
    """Length or area, None for what is no measurement."""
    match shape:
        case Caliper():
            return distance(regions, shape.a, shape.b)
        case Outline():
            return ellipse_area(regions, shape.ellipse)
    return None


def words(shape: Shape, regions: Sequence[Region]) -> Words:
    """What is written beside a shape and in the list."""
    figure = measured(shape, regions)
    match shape:
        case Caliper(axis=axis) if figure is not None:
            name = (
                tr("Lesion axis {axis_mark}, {axis}", axis_mark=_AXIS_MARK[axis], axis=tr(axis))
                if axis
                else tr("Distance")
            )
            return _measure_words(figure, name, f"{_AXIS_MARK[axis]}: " if axis else "")
        case Outline() if figure is not None:
            return _measure_words(figure, tr("Ellipse area"), "")
        case Note():
            return Words(short=shape.text, long=tr("Text: {words}", words=shape.text))
        case Arrow():
            return Words(short=shape.text, long=tr("Arrow: {words}", words=shape.text) if shape.text else tr("Arrow"))
        case KeyImage():
            return Words(
                short=tr("Key image"),
                long=tr("Key image: {words}", words=shape.text) if shape.text else tr("Key image"),
            )
        case Roi():
            b = shape.box
            return Words(
                short=tr("Region"),
                long=tr(
                    "Region of interest, {shape}, {width} x {height} px",
                    shape=tr(_ROI_SHAPES[shape.shape]),
                    width=b.width,
                    height=b.height,
                ),
            )
    return Words(short="", long="")


def _measure_words(figure: Measured, name: str, mark: str) -> Words:
    value = str(replace(figure, why_not=""))
    if figure.is_calibrated:
        return Words(short=f"{mark}{value}", long=f"{name}: {value}")
    px = value.replace("pixels", "px")
    return Words(
        short=tr("{mark}{px}, not calibrated", mark=mark, px=px),
        long=tr("{name}: {px}, not calibrated", name=name, px=px),
        why_not=tr("Not calibrated: {why_not}.", why_not=figure.why_not),
    )


def box_between(a: Point, b: Point) -> Box | None:
    """The box between two corners, None where it is too small for a region of interest."""
    x0, x1 = sorted((round(a.x), round(b.x)))
    y0, y1 = sorted((round(a.y), round(b.y)))
    return Box(x0, y0, x1, y1) if min(x1 - x0, y1 - y0) >= LEAST_SIDE_PX else None


def _reshaped(e: Ellipse, number: int, to: Point) -> Ellipse:
    """Handles 0 and 1 turn and stretch the first axis, 2 and 3 set the width across it."""
    dx, dy = to.x - e.centre.x, to.y - e.centre.y
    if number < 2:
        sign = 1 if number == 0 else -1
        return replace(e, end=Point(e.centre.x + sign * dx, e.centre.y + sign * dy))
    along = math.hypot(e.end.x - e.centre.x, e.end.y - e.centre.y)
    across = abs((e.end.x - e.centre.x) * dy - (e.end.y - e.centre.y) * dx) / along
    return replace(e, across_px=max(across, LEAST_PX / 2))


def _corner_moved(roi: Roi, number: int, to: Point) -> Roi:
    box = box_between(handles(roi)[(number + 2) % 4], to)
    return replace(roi, box=box) if box is not None else roi


def _off(point: Point, dx: float, dy: float) -> Point:
    return Point(point.x + dx, point.y + dy)


def _from_path(point: Point, path: Sequence[Point]) -> float:
    return min(_from_line(point, a, b) for a, b in itertools.pairwise(path))


def _from_line(point: Point, a: Point, b: Point) -> float:
    dx, dy = b.x - a.x, b.y - a.y
    length2 = dx * dx + dy * dy
    share = 0.0 if length2 == 0 else min(max(((point.x - a.x) * dx + (point.y - a.y) * dy) / length2, 0.0), 1.0)
    return math.dist((point.x, point.y), (a.x + share * dx, a.y + share * dy))
