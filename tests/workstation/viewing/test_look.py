"""Linked viewers follow by scale; what was set is remembered."""

from __future__ import annotations

import pytest

from engine.domain.calibration import Scale
from engine.domain.case import Box, Region
from tests.workstation.reading.cases import image
from workstation.viewing.look import (
    Look,
    Manner,
    Memory,
    Remembered,
    common_scales,
    followed,
    followed_frame,
    zooms_of_same_scale,
)


def region(mm: float) -> Region:
    return Region(box=Box(0, 0, 640, 480), data_type=1, spatial_format=1, delta_x_mm=mm, delta_y_mm=mm)


def test_the_ratio_of_zooms_stays_and_the_centre_moves_the_same_way_in_mm() -> None:
    before, after = Look(zoom=2.0, x=100, y=50), Look(zoom=3.0, x=110, y=45)
    other = followed(
        before, after, Look(zoom=1.0, x=300, y=300), (Scale(x_mm=0.1, y_mm=0.2), Scale(x_mm=0.05, y_mm=0.1))
    )
    assert other == Look(zoom=1.5, x=320, y=290)  # 10 px of 0.1 mm are 20 px of 0.05 mm


def test_without_a_scale_it_moves_the_same_way_on_the_screen() -> None:
    before, after = Look(zoom=2.0, x=100, y=50), Look(zoom=2.0, x=110, y=50)
    other = followed(before, after, Look(zoom=4.0, x=0, y=0), None)
    assert other == Look(zoom=4.0, x=5, y=0)
    assert common_scales((image("bmode", "1"), image("doppler", "2", regions=(region(0.1),)))) is None
    assert common_scales((image("bmode", "1", regions=(region(0.1),)), None)) is None


def test_there_and_back_again_leaves_the_other_where_it_was() -> None:
    start, there, other = Look(zoom=1.3, x=10, y=20), Look(zoom=4.1, x=-7, y=33), Look(zoom=0.9, x=5, y=5)
    back = followed(there, start, followed(start, there, other, None), None)
    assert (back.zoom, back.x, back.y) == pytest.approx((other.zoom, other.x, other.y))


def test_the_same_scale_is_that_of_the_coarsest_picture() -> None:
    scales = (Scale(x_mm=0.1, y_mm=0.1), Scale(x_mm=0.05, y_mm=0.05))
    zooms = zooms_of_same_scale(scales, (1.0, 2.0))  # 0.1 and 0.025 mm per screen pixel
    assert zooms == pytest.approx((1.0, 0.5))
    square_and_not = (Scale(x_mm=0.1, y_mm=0.1), Scale(x_mm=0.1, y_mm=0.2))
    assert zooms_of_same_scale(square_and_not, (1.0, 1.0)) is None


@pytest.mark.parametrize(
    ("index", "n", "other", "expected"), [(7, 20, 20, 7), (19, 20, 10, 9), (0, 20, 5, 0), (3, 1, 9, 3)]
)
def test_frames_at_the_same_part_of_the_way(index: int, n: int, other: int, expected: int) -> None:
    assert followed_frame(index, n, other) == expected


def test_a_picture_is_shown_again_as_it_was_left() -> None:
    memory = Memory()
    left = Remembered(manner=Manner(mirrored=True), look=Look(zoom=3, x=1, y=2))
    memory.keep(image("bmode", "1"), left)
    assert memory.of(image("bmode", "1")) == left
    assert memory.of(image("bmode", "2")) == Remembered()
    memory.clear()
    assert memory.of(image("bmode", "1")) == Remembered()
