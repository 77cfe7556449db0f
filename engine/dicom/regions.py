"""SequenceOfUltrasoundRegions (DICOM PS3.3 C.8.5.5): reading it, and what its regions say of the picture's layout."""

from __future__ import annotations

import math
from typing import Any

from engine.domain.case import Box, Region

TISSUE, COLOUR_FLOW, PW_SPECTRAL, CW_SPECTRAL, GREY_BAR, COLOUR_BAR = 1, 2, 3, 4, 0xD, 0xE
"""RegionDataType (0018,6014)."""
FORMAT_2D, FORMAT_M_MODE, FORMAT_SPECTRAL = 1, 2, 3
"""RegionSpatialFormat (0018,6012)."""
CENTIMETRES = 3
"""PhysicalUnitsXDirection (0018,6024)."""
MOST_REGIONS = 64
REGION_TAGS = (
    "RegionLocationMinX0", "RegionLocationMinY0", "RegionLocationMaxX1", "RegionLocationMaxY1", "RegionDataType",
    "RegionSpatialFormat", "PhysicalDeltaX", "PhysicalDeltaY", "PhysicalUnitsXDirection", "PhysicalUnitsYDirection",
    "RegionFlags",
)  # fmt: skip
"""What is read of an item."""


def read_regions(dataset: Any, columns: int, rows: int) -> tuple[Region, ...]:
    """Regions of a header, clipped to the frame; damaged or empty ones are left out.

    Deltas are turned from cm into mm and made positive: a negative PhysicalDeltaX says only which way the axis points.
    """
    found = []
    for item in list(dataset.get("SequenceOfUltrasoundRegions") or [])[:MOST_REGIONS]:
        region = _region(item, columns, rows)
        if region is not None:
            found.append(region)
    return tuple(found)


def _region(item: Any, columns: int, rows: int) -> Region | None:
    try:
        x0, y0 = int(item.RegionLocationMinX0), int(item.RegionLocationMinY0)
        x1, y1 = int(item.RegionLocationMaxX1) + 1, int(item.RegionLocationMaxY1) + 1  # the last pixel is inside
        box = Box(x0, y0, x1, y1).clipped(columns, rows)
        data_type, spatial_format = int(item.RegionDataType), int(item.RegionSpatialFormat)
    except (AttributeError, TypeError, ValueError):
        return None
    if box is None:
        return None
    return Region(
        box=box,
        data_type=data_type,
        spatial_format=spatial_format,
        delta_x_mm=_delta_mm(item, "PhysicalDeltaX", "PhysicalUnitsXDirection"),
        delta_y_mm=_delta_mm(item, "PhysicalDeltaY", "PhysicalUnitsYDirection"),
        low_priority=bool(_flags(item) & 1),
    )


def _delta_mm(item: Any, delta: str, units: str) -> float | None:
    try:
        if int(item.get(units, 0)) != CENTIMETRES:
            return None
        value = abs(float(item.get(delta))) * 10.0
    except (TypeError, ValueError):
        return None
    return value if math.isfinite(value) and value > 0 else None


def _flags(item: Any) -> int:
    try:
        return int(item.get("RegionFlags", 0) or 0)
    except (TypeError, ValueError):
        return 0


def covers(outer: Box, inner: Box) -> float:
    """Share of `inner` that lies inside `outer`, 0 to 1."""
    return outer.overlap(inner) / inner.area


def is_trace(region: Region) -> bool:
    """True for spectral Doppler and M-mode, whose horizontal axis is time."""
    return region.data_type in (PW_SPECTRAL, CW_SPECTRAL) or region.spatial_format in (FORMAT_M_MODE, FORMAT_SPECTRAL)


def separate_tissue(regions: tuple[Region, ...]) -> tuple[Region, ...]:
    """2D tissue regions, largest first, without those that mostly lie inside a larger one; then left to right."""
    tissue = [r for r in regions if r.data_type == TISSUE and not is_trace(r)]
    kept: list[Region] = []
    for region in sorted(tissue, key=lambda r: -r.box.area):
        if all(covers(k.box, region.box) < 0.5 for k in kept):
            kept.append(region)
    return tuple(sorted(kept, key=lambda r: (r.box.x0, r.box.y0)))


def without_bars(box: Box, regions: tuple[Region, ...]) -> Box:
    """The box cut back where a grey or colour bar region lies along its left or right side."""
    x0, x1 = box.x0, box.x1
    for bar in (r.box for r in regions if r.data_type in (GREY_BAR, COLOUR_BAR) and r.box.overlap(box)):
        if bar.x0 >= box.x0 + 0.75 * box.width:
            x1 = min(x1, bar.x0)
        elif bar.x1 <= box.x0 + 0.25 * box.width:
            x0 = max(x0, bar.x1)
    return Box(x0, box.y0, x1, box.y1) if x1 - x0 > 0.5 * box.width else box
