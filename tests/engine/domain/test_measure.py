"""Areas, angles and the lesion's size."""

from __future__ import annotations

import math

import numpy as np
import pytest

from engine.domain.calibration import Point, Uncalibrated
from engine.domain.case import Box, Region
from engine.domain.measure import Ellipse, LesionSize, Measured, Unit, angle, distance, ellipse_area, lesion_size

REGIONS = (Region(box=Box(0, 0, 400, 300), data_type=1, spatial_format=1, delta_x_mm=0.1, delta_y_mm=0.25),)


def mm(value: float) -> Measured:
    return Measured(value=value, unit=Unit.MM)


def test_a_distance_with_unlike_deltas() -> None:
    assert distance(REGIONS, Point(10, 10), Point(40, 10)).value == pytest.approx(3.0)
    assert distance(REGIONS, Point(10, 10), Point(10, 26)).value == pytest.approx(4.0)
    assert distance(REGIONS, Point(10, 10), Point(40, 26)).value == pytest.approx(5.0)
    assert str(distance(REGIONS, Point(10, 10), Point(40, 26))) == "5.0 mm"
    assert str(distance((), Point(0, 0), Point(3, 4))) == "5 pixels, not calibrated: the file has no calibration"


@pytest.mark.parametrize("degrees", [0, 30, 90, 137])
def test_an_ellipse_has_the_area_of_the_pixels_in_it(degrees: float) -> None:
    turn = math.radians(degrees)
    centre = Point(200.3, 150.7)
    end = Point(centre.x + 90 * math.cos(turn), centre.y + 90 * math.sin(turn))
    ellipse = Ellipse(centre=centre, end=end, across_px=40)
    y, x = np.mgrid[0:300, 0:400] + 0.5
    along = (x - centre.x) * math.cos(turn) + (y - centre.y) * math.sin(turn)
    across = -(x - centre.x) * math.sin(turn) + (y - centre.y) * math.cos(turn)
    inside = (along / 90) ** 2 + (across / 40) ** 2 <= 1
    measured = ellipse_area(REGIONS, ellipse)
    assert measured.unit is Unit.MM2
    assert measured.value == pytest.approx(inside.sum() * 0.1 * 0.25, rel=0.005)
    left, right, top, bottom = ellipse.extremes
    ys, xs = np.nonzero(inside)
    found = (left.x, right.x, top.y, bottom.y)
    assert found == pytest.approx((xs.min() + 0.5, xs.max() + 0.5, ys.min() + 0.5, ys.max() + 0.5), abs=1.0)


def test_an_ellipse_that_reaches_out_of_the_region_has_no_mm() -> None:
    ellipse = Ellipse(centre=Point(200, 150), end=Point(380, 150), across_px=160)
    assert ellipse_area(REGIONS, ellipse).unit is Unit.PIXELS2
    assert ellipse_area(REGIONS, ellipse).value == pytest.approx(math.pi * 180 * 160)


def test_an_angle_is_one_of_the_body_not_of_the_screen() -> None:
    at, right, down = Point(100, 100), Point(150, 100), Point(100, 120)
    assert angle(REGIONS, at, right, down).value == pytest.approx(90)
    # 50 x 0.1 mm = 5 mm to the right, 20 x 0.25 mm = 5 mm down
    assert angle(REGIONS, at, right, Point(150, 120)).value == pytest.approx(45)
    assert angle((), at, right, Point(150, 150)).value == pytest.approx(45)
    assert not angle((), at, right, down).is_calibrated
    with pytest.raises(ValueError, match="three different points"):
        angle(REGIONS, at, at, down)


def test_the_longer_horizontal_axis_goes_first() -> None:
    size = lesion_size(mm(12.0), mm(9.0), mm(18.04))
    assert size == LesionSize(horizontal_mm=18.04, vertical_mm=9.0, orthogonal_mm=12.0)
    assert str(size) == "18.0 x 9.0 x 12.0 mm"
    assert str(lesion_size(mm(12.0), mm(120.4))) == "12.0 x 120 mm"


@pytest.mark.parametrize("number", [0, 1, 2])
def test_a_size_is_never_put_together_from_pixels(number: int) -> None:
    axes = [mm(12.0), mm(9.0), mm(10.0)]
    axes[number] = Measured(value=90, unit=Unit.PIXELS, why_not="a point lies outside")
    found = lesion_size(*axes)
    assert isinstance(found, Uncalibrated)
    assert ("horizontal", "vertical", "orthogonal")[number] in found.reason


@pytest.mark.parametrize("axes", [(0.0, 1.0, None), (1.0, math.nan, None), (1.0, 1.0, 2.0), (-1.0, 1.0, None)])
def test_impossible_sizes_cannot_be_built(axes: tuple[float, float, float | None]) -> None:
    with pytest.raises(ValueError, match="axis"):
        LesionSize(horizontal_mm=axes[0], vertical_mm=axes[1], orthogonal_mm=axes[2])
