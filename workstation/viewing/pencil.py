"""What a drag of the mouse, or a key, draws or changes. No Qt."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from engine.domain.annotation import Arrow, Caliper, Note, Outline
from engine.domain.calibration import Point
from engine.domain.measure import Ellipse
from engine.domain.roi import LEAST_SIDE_PX, Roi, RoiShape
from workstation.viewing.shapes import LEAST_PX, Shape, box_between, distance_to, handles, moved, with_handle
from workstation.words import later

NEW_NOTE = "…"


class Tool(StrEnum):
    """What the left mouse button does; LOOK pans and takes hold of what is drawn."""

    LOOK = "look"
    DISTANCE = "distance"
    AREA = later("ellipse area")
    SIZE = later("lesion size")
    ROI_BOX = later("region, box")
    ROI_ELLIPSE = later("region, ellipse")
    ARROW = "arrow"
    NOTE = "text"


@dataclass(frozen=True, kw_only=True)
class Hit:
    """A shape under the pointer; `handle` is None for its line."""

    shape: Shape
    handle: int | None


def hit(shapes: Sequence[Shape], point: Point, reach_px: float) -> Hit | None:
    """What lies within `reach_px` picture pixels: the nearest handle first, then the nearest line."""
    near = [(math.dist((h.x, h.y), (point.x, point.y)), n, s) for s in shapes for n, h in enumerate(handles(s))]
    close = [found for found in near if found[0] <= reach_px]
    if close:
        _, number, shape = min(close, key=lambda found: found[0])
        return Hit(shape=shape, handle=number)
    lines = [(distance_to(s, point), s) for s in shapes]
    touched = [found for found in lines if found[0] <= reach_px]
    return Hit(shape=min(touched, key=lambda found: found[0])[1], handle=None) if touched else None


@dataclass(frozen=True, kw_only=True)
class Stroke:
    """A drag that draws something new.

    Attributes
    ----------
    axis : of a lesion's size, "" otherwise.
    """

    tool: Tool
    start: Point
    sop_uid: str
    frame: int
    axis: str = ""

    def shape(self, end: Point) -> Shape | None:
        """What is drawn when the button is let go at `end`; None for a slip of the hand."""
        a, long_enough = self.start, math.dist((self.start.x, self.start.y), (end.x, end.y)) >= LEAST_PX
        match self.tool:
            case Tool.NOTE:
                return Note(sop_uid=self.sop_uid, frame=self.frame, at=end, text=NEW_NOTE)
            case Tool.ROI_BOX | Tool.ROI_ELLIPSE:
                box = box_between(a, end)
                kind = RoiShape.BOX if self.tool is Tool.ROI_BOX else RoiShape.ELLIPSE
                return Roi(shape=kind, box=box, sop_uid=self.sop_uid, frame=self.frame) if box else None
            case _ if not long_enough:
                return None
            case Tool.DISTANCE | Tool.SIZE:
                return Caliper(sop_uid=self.sop_uid, frame=self.frame, a=a, b=end, axis=self.axis)
            case Tool.ARROW:
                return Arrow(sop_uid=self.sop_uid, frame=self.frame, tail=a, head=end)
            case Tool.AREA:
                width, height = abs(end.x - a.x) / 2, abs(end.y - a.y) / 2
                if min(width, height) < LEAST_PX / 2:
                    return None
                centre = Point((a.x + end.x) / 2, (a.y + end.y) / 2)
                ellipse = Ellipse(centre=centre, end=Point(centre.x + width, centre.y), across_px=height)
                return Outline(sop_uid=self.sop_uid, frame=self.frame, ellipse=ellipse)
        return None


def placed(
    tool: Tool, middle: Point, reach: tuple[float, float], *, sop_uid: str, frame: int, axis: str = ""
) -> Shape | None:
    """What a tool draws without a mouse.

    Parameters
    ----------
    reach : from the middle to the end of what is drawn, to the right and down as seen on screen; in picture pixels,
        made as large as the smallest region of interest needs.
    """
    across, down = (math.copysign(max(abs(part), LEAST_SIDE_PX), part) for part in reach)
    start, end = Point(middle.x - across, middle.y - down), Point(middle.x + across, middle.y + down)
    match tool:
        case Tool.SIZE if axis == "vertical":
            start, end = Point(middle.x, start.y), Point(middle.x, end.y)
        case Tool.DISTANCE | Tool.SIZE:
            start, end = Point(start.x, middle.y), Point(end.x, middle.y)
        case Tool.ARROW | Tool.NOTE:
            end = middle
        case Tool.AREA:  # wider than high, so that it is seen which axis is which
            start, end = Point(start.x, middle.y - down / 2), Point(end.x, middle.y + down / 2)
    return Stroke(tool=tool, start=start, sop_uid=sop_uid, frame=frame, axis=axis).shape(end)


@dataclass(frozen=True, kw_only=True)
class Pull:
    """A drag that changes what is drawn already."""

    grip: Hit
    start: Point

    def shape(self, end: Point) -> Shape:
        if self.grip.handle is not None:
            return with_handle(self.grip.shape, self.grip.handle, end)
        return moved(self.grip.shape, end.x - self.start.x, end.y - self.start.y)
