"""Where a length may be told in mm, and where not."""

from __future__ import annotations

import math
import random

import pytest

from engine.domain.calibration import Point, Scale, Uncalibrated, region_at, scale_between
from engine.domain.case import Box, Region
from engine.domain.measure import Unit, distance

TISSUE, FLOW, PW, BAR = 1, 2, 3, 0xE


def region(box: Box, data_type: int = TISSUE, x: float | None = 0.1, y: float | None = 0.1, **more: object) -> Region:
    fields = {"spatial_format": 1} | more
    return Region(box=box, data_type=data_type, delta_x_mm=x, delta_y_mm=y, **fields)  # type: ignore[arg-type]


LEFT, RIGHT = region(Box(0, 0, 100, 100)), region(Box(100, 0, 200, 100))
COARSE = region(Box(100, 0, 200, 100), x=0.2, y=0.2)
COLOUR = region(Box(30, 30, 60, 60), FLOW)
IN_LEFT, IN_COLOUR, IN_RIGHT = Point(10, 10), Point(40, 40), Point(150, 50)


def reason(regions: tuple[Region, ...], *points: Point) -> str:
    found = scale_between(regions, points)
    assert isinstance(found, Uncalibrated), found
    return found.reason


def test_tissue_and_its_colour_box_are_one_scale() -> None:
    assert scale_between((LEFT, COLOUR), (IN_LEFT, IN_COLOUR)) == Scale(x_mm=0.1, y_mm=0.1)
    sticking_out = region(Box(90, 30, 130, 60), FLOW)
    assert isinstance(scale_between((LEFT, sticking_out), (IN_LEFT, Point(120, 40))), Scale)


@pytest.mark.parametrize(
    ("regions", "points", "words"),
    [
        ((), (IN_LEFT, IN_COLOUR), "no calibration"),
        ((LEFT,), (IN_LEFT, IN_RIGHT), "outside"),
        ((LEFT, RIGHT), (IN_LEFT, IN_RIGHT), "different regions"),
        ((LEFT, COARSE), (IN_LEFT, IN_RIGHT), "different scale"),
        ((LEFT, region(COLOUR.box, FLOW, x=0.11)), (IN_LEFT, IN_COLOUR), "different scale"),
        ((LEFT, region(COLOUR.box, FLOW, y=0.11)), (IN_LEFT, IN_COLOUR), "different scale"),
        ((LEFT, region(Box(30, 30, 60, 60))), (IN_LEFT, IN_COLOUR), "different regions"),  # an inset
        ((LEFT, region(IN_BOX := Box(30, 30, 60, 60), BAR)), (IN_LEFT, IN_COLOUR), "bar"),
        ((LEFT, region(IN_BOX, PW, spatial_format=3)), (IN_LEFT, IN_COLOUR), "spectral"),
        ((region(Box(0, 0, 100, 100), PW, spatial_format=3),), (IN_LEFT, IN_COLOUR), "spectral"),
        ((region(Box(0, 0, 100, 100), spatial_format=2),), (IN_LEFT, IN_COLOUR), "M-mode"),
        ((region(Box(0, 0, 100, 100), spatial_format=5),), (IN_LEFT, IN_COLOUR), "two-dimensional"),
        ((region(Box(0, 0, 100, 100), x=None),), (IN_LEFT, IN_COLOUR), "units"),
        ((region(Box(0, 0, 100, 100), y=None),), (IN_LEFT, IN_COLOUR), "units"),
    ],
)
def test_no_length_and_why(regions: tuple[Region, ...], points: tuple[Point, ...], words: str) -> None:
    assert words in reason(regions, *points)
    assert words in reason(tuple(reversed(regions)), *reversed(points))


def test_three_points_need_a_scale_in_common() -> None:
    bridge = region(Box(90, 0, 110, 100), FLOW)  # overlaps both pictures of a dual screen
    assert isinstance(scale_between((LEFT, RIGHT, bridge), (IN_LEFT, Point(95, 5))), Scale)
    assert "different regions" in reason((LEFT, RIGHT, bridge), IN_LEFT, Point(95, 5), IN_RIGHT)


def test_the_pixels_with_priority_are_on_top() -> None:
    under = region(Box(30, 30, 60, 60), x=0.5, low_priority=True)
    assert region_at((under, LEFT), IN_COLOUR) is LEFT, "although the other one is smaller"
    assert region_at((LEFT, region(under.box, x=0.5)), IN_COLOUR) != LEFT


def test_the_last_pixel_is_inside_and_the_next_one_is_not() -> None:
    assert region_at((LEFT,), Point(99.999, 99.999)) is LEFT
    assert region_at((LEFT,), Point(0, 0)) is LEFT
    assert region_at((LEFT,), Point(100, 50)) is None
    assert region_at((LEFT, RIGHT), Point(100, 50)) is RIGHT


def random_screen(rng: random.Random) -> tuple[Region, ...]:
    """Two pictures side by side, a colour box in one of them, a bar, a trace below."""
    split, x, y = rng.randint(200, 400), rng.uniform(0.02, 0.4), rng.uniform(0.02, 0.4)
    second = (x, y) if rng.random() < 0.5 else (rng.uniform(0.02, 0.4), rng.uniform(0.02, 0.4))
    box = Box(60, 60, split - 40, 240)
    flow = (x, y) if rng.random() < 0.7 else (x * 1.01, y)
    return (
        region(Box(20, 20, split, 300), x=x, y=y),
        region(Box(split, 20, 620, 300), x=second[0], y=second[1]),
        region(box, FLOW, x=flow[0], y=flow[1]),
        region(Box(split - 20, 20, split - 10, 120), BAR),
        region(Box(20, 300, 620, 480), PW, spatial_format=3, x=None, y=0.3),
    )


def owner(regions: tuple[Region, ...], p: Point) -> int | None:
    """Number of the region at a point of `random_screen`, by its known order of painting."""
    painted = (4, 3, 2, 1, 0)
    inside = lambda b: b.x0 <= p.x < b.x1 and b.y0 <= p.y < b.y1  # noqa: E731
    return next((n for n in painted if inside(regions[n].box)), None)


def test_random_pairs_on_frames_of_many_regions() -> None:
    rng = random.Random(20)
    in_mm = across = 0
    for _ in range(3000):
        regions = random_screen(rng)
        a = Point(rng.uniform(0, 640), rng.uniform(0, 480))
        b = Point(rng.uniform(0, 640), rng.uniform(0, 480))
        first, second = owner(regions, a), owner(regions, b)
        r = regions[0] if {first, second} <= {0, 2} else regions[1]
        same_deltas = (regions[0].delta_x_mm, regions[0].delta_y_mm) == (regions[2].delta_x_mm, regions[2].delta_y_mm)
        if first == second == 2:
            r, known = regions[2], True
        else:
            known = (first == second and first in (0, 1)) or ({first, second} == {0, 2} and same_deltas)
        measured = distance(regions, a, b)
        if known:
            assert r.delta_x_mm and r.delta_y_mm
            expected = math.sqrt(((a.x - b.x) * r.delta_x_mm) ** 2 + ((a.y - b.y) * r.delta_y_mm) ** 2)
            assert measured.unit is Unit.MM
            assert abs(measured.value - expected) <= 1e-9
            in_mm += 1
        else:
            assert measured.unit is Unit.PIXELS
            assert "not calibrated" in str(measured)
            across += 1
    assert in_mm >= 200
    assert across >= 200
