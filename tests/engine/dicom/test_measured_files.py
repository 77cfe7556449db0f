"""Lengths on files that pydicom wrote: from the header's centimetres to the millimetres on screen."""

from __future__ import annotations

import math
import random
from pathlib import Path

import numpy as np
import pytest
from pydicom.data import get_testdata_file

from engine.dicom.headers import read_header
from engine.domain.calibration import Point, region_at
from engine.domain.measure import Unit, distance
from tests.engine.dicom.making import region, write

PIXELS = np.zeros((240, 320, 3), np.uint8)


@pytest.mark.parametrize(("dx", "dy"), [(0.0123, 0.0123), (-0.0123, 0.0123), (0.031, -0.0087), (-0.4, -0.007)])
def test_random_pairs_on_a_file(tmp_path: Path, dx: float, dy: float) -> None:
    tissue, flow = region((10, 10, 310, 200), 1, delta_cm=dx), region((60, 40, 200, 150), 2, delta_cm=dx)
    trace = region((10, 200, 310, 240), 3, spatial_format=3, delta_cm=0.02)
    tissue.PhysicalDeltaY = flow.PhysicalDeltaY = dy
    regions = read_header(write(tmp_path / "a.dcm", PIXELS, SequenceOfUltrasoundRegions=[tissue, flow, trace])).regions
    rng = random.Random(4)
    for _ in range(200):
        a = Point(rng.uniform(10, 309.9), rng.uniform(10, 199.9))
        b = Point(rng.uniform(10, 309.9), rng.uniform(10, 199.9))
        measured = distance(regions, a, b)
        expected = 10 * math.sqrt(((b.x - a.x) * dx) ** 2 + ((b.y - a.y) * dy) ** 2)
        assert measured.unit is Unit.MM
        assert abs(measured.value - expected) <= 1e-9
        assert distance(regions, a, Point(b.x, rng.uniform(200, 239.9))).unit is Unit.PIXELS


def test_units_that_are_no_centimetres(tmp_path: Path) -> None:
    seconds = region((0, 0, 320, 240), 1)
    seconds.PhysicalUnitsXDirection = 4
    regions = read_header(write(tmp_path / "a.dcm", PIXELS, SequenceOfUltrasoundRegions=[seconds])).regions
    assert distance(regions, Point(10, 10), Point(20, 10)).why_not == "the region's units are no lengths"


def test_the_flag_for_low_priority_is_read(tmp_path: Path) -> None:
    under, other = region((50, 50, 100, 100), 1, delta_cm=0.05), region((0, 0, 320, 240), 1)
    under.RegionFlags = 0b101
    regions = read_header(write(tmp_path / "a.dcm", PIXELS, SequenceOfUltrasoundRegions=[under, other])).regions
    assert [r.low_priority for r in regions] == [True, False]
    assert region_at(regions, Point(60, 60)) == regions[1]


def test_a_file_from_a_scanner() -> None:
    # examples_ybr_color: one tissue region with 0.0407... cm in both directions, read here with pydicom alone
    import pydicom

    path = str(get_testdata_file("examples_ybr_color.dcm", download=False))
    item = pydicom.dcmread(path, stop_before_pixels=True).SequenceOfUltrasoundRegions[0]
    a = Point(item.RegionLocationMinX0 + 5, item.RegionLocationMinY0 + 5)
    measured = distance(read_header(path).regions, a, Point(a.x + 30, a.y + 40))
    expected = 10 * math.hypot(30 * abs(item.PhysicalDeltaX), 40 * abs(item.PhysicalDeltaY))
    assert measured.unit is Unit.MM
    assert measured.value == pytest.approx(expected, abs=1e-9)
