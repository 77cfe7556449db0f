"""Which scale holds between points of a frame (SequenceOfUltrasoundRegions, DICOM PS3.3 C.8.5.5).

A length is given in mm only where every point lies in one picture of one known scale. Everything else is an
`Uncalibrated` with the reason in words: a wrong length is worse than none.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

from engine.domain.case import Region

_TISSUE, _COLOUR_FLOW = 1, 2
_BARS = (0xD, 0xE)
_SPECTRAL = (3, 4)
_2D, _M_MODE, _SPECTRUM = 1, 2, 3
_SAME = 1e-9
"""Relative difference of deltas that are one scale written twice; over 100 mm it makes 0.1 nm."""


@dataclass(frozen=True)
class Point:
    """A place in pixels of the stored frame, x to the right, y down; fractions are allowed."""

    x: float
    y: float

    def __post_init__(self) -> None:
        if not (math.isfinite(self.x) and math.isfinite(self.y)):
            raise ValueError("a point needs finite coordinates")


@dataclass(frozen=True, kw_only=True)
class Scale:
    """Size of a pixel in mm, across and down."""

    x_mm: float
    y_mm: float


@dataclass(frozen=True)
class Uncalibrated:
    """No length can be told here, and why."""

    reason: str


def scale_between(regions: Sequence[Region], points: Sequence[Point]) -> Scale | Uncalibrated:
    """The scale that holds for all these points together.

    At a point, the topmost region counts: of those around it the one whose pixels have priority (RegionFlags bit 0),
    then the smallest. Points in different regions have no common scale, with one exception: a colour box (colour flow)
    and the tissue it overlaps are one picture when their deltas are equal.
    """
    if not regions:
        return Uncalibrated("the file has no calibration")
    tops: list[Region] = []
    for point in points:
        top = region_at(regions, point)
        if top is None:
            return Uncalibrated("a point lies outside of the calibrated regions")
        if (reason := _not_a_length(top)) is not None:
            return Uncalibrated(reason)
        if top not in tops:
            tops.append(top)
    for one, other in combinations(tops, 2):
        if (reason := _two_scales(one, other)) is not None:
            return Uncalibrated(reason)
    base = next((r for r in tops if r.data_type == _TISSUE), tops[0])
    assert base.delta_x_mm is not None
    assert base.delta_y_mm is not None
    return Scale(x_mm=base.delta_x_mm, y_mm=base.delta_y_mm)


def region_at(regions: Sequence[Region], point: Point) -> Region | None:
    """The topmost region at a point, None outside of all."""
    around = [r for r in regions if r.box.x0 <= point.x < r.box.x1 and r.box.y0 <= point.y < r.box.y1]
    return min(around, key=lambda r: (r.low_priority, r.box.area), default=None)


def _not_a_length(region: Region) -> str | None:
    """Why distances in this region are no lengths."""
    if region.data_type in _SPECTRAL or region.spatial_format == _SPECTRUM:
        return "a point lies in a spectral Doppler trace"
    if region.spatial_format == _M_MODE:
        return "a point lies in an M-mode trace, whose horizontal axis is time"
    if region.data_type in _BARS:
        return "a point lies in a grey or colour bar"
    if region.spatial_format != _2D:
        return "a point lies in a region that is no two-dimensional picture"
    if region.delta_x_mm is None or region.delta_y_mm is None:
        return "the region's units are no lengths"
    return None


def _two_scales(a: Region, b: Region) -> str | None:
    """Why two 2D regions with lengths are not one picture of one scale, None when they are."""
    if not (_same(a.delta_x_mm, b.delta_x_mm) and _same(a.delta_y_mm, b.delta_y_mm)):
        return "the points lie in regions of different scale"
    if {a.data_type, b.data_type} == {_TISSUE, _COLOUR_FLOW} and a.box.overlap(b.box):
        return None
    return "the points lie in different regions"


def _same(a: float | None, b: float | None) -> bool:
    return a is not None and b is not None and math.isclose(a, b, rel_tol=_SAME)
