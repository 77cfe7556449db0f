"""Regions of interest: what a model sees of them, and how they move."""

from __future__ import annotations

import math

import pytest

from engine.domain.case import Box, UltrasoundImage
from engine.domain.roi import LEAST_SIDE_PX, Roi, RoiShape, limited_to, moved_images, steadiness

IMAGE = UltrasoundImage(path="a.dcm", modality="bmode", why="", rows=300, columns=400, crop=Box(50, 40, 350, 280))


def roi(x0: int, y0: int, x1: int, y1: int, shape: RoiShape = RoiShape.BOX) -> Roi:
    return Roi(shape=shape, box=Box(x0, y0, x1, y1), sop_uid="1.2.3")


def test_the_crop_is_a_square_around_the_region_with_its_margin() -> None:
    crop = limited_to(IMAGE, roi(160, 130, 240, 170), margin=0.25).crop
    assert crop == Box(140, 90, 260, 210)  # 80 + 2 x 20 wide, centred at (200, 150)


def test_the_crop_ends_where_the_picture_ends() -> None:
    assert limited_to(IMAGE, roi(60, 50, 140, 90), margin=0.25).crop == Box(50, 40, 160, 130)
    whole = limited_to(UltrasoundImage(path="", modality="bmode", why="", rows=30, columns=40), roi(0, 0, 40, 30))
    assert whole.crop == Box(0, 0, 40, 30)


def test_a_region_beside_the_picture_is_refused() -> None:
    with pytest.raises(ValueError, match="outside"):
        limited_to(IMAGE, roi(0, 0, 40, 30))


def test_eight_neighbours_at_five_pixels() -> None:
    drawn = roi(160, 130, 240, 170, RoiShape.ELLIPSE)
    steps = {(n.box.x0 - 160, n.box.y0 - 130) for n in drawn.neighbours()}
    assert steps == {(x, y) for x in (-5, 0, 5) for y in (-5, 0, 5)} - {(0, 0)}
    assert {(n.box.width, n.box.height, n.shape, n.sop_uid) for n in drawn.neighbours()} == {
        (80, 40, RoiShape.ELLIPSE, "1.2.3")
    }
    middle = limited_to(IMAGE, drawn).crop
    assert middle is not None
    assert all(image.crop is not None and image.crop.area == middle.area for image in moved_images(IMAGE, drawn))
    assert len(moved_images(IMAGE, drawn)) == 8


def test_neighbours_that_leave_the_picture_are_not_scored() -> None:
    at_edge = roi(40, 130, 54, 150)  # 4 pixels in the picture: three neighbours are beside it
    assert len(moved_images(IMAGE, at_edge)) == 5


def test_how_far_the_score_moves() -> None:
    found = steadiness(0.6, [0.55, 0.62, 0.71])
    assert (found.low, found.high) == (0.55, 0.71)
    assert found.farthest == pytest.approx(0.11)
    assert steadiness(0.6, []).farthest == 0.0


def test_masks() -> None:
    assert roi(10, 20, 30, 50).mask(100, 100).sum() == 20 * 30
    assert roi(-10, 20, 30, 50).mask(100, 25).sum() == 25 * 30
    assert roi(200, 200, 230, 230).mask(100, 100).sum() == 0
    ellipse = roi(10, 20, 90, 80, RoiShape.ELLIPSE).mask(100, 100)
    assert ellipse.sum() == pytest.approx(math.pi * 40 * 30, rel=0.01)
    assert ellipse[50, 10] and ellipse[20, 50] and not ellipse[20, 10]


def test_a_slip_of_the_hand_is_no_region() -> None:
    with pytest.raises(ValueError, match="pixels wide"):
        roi(10, 10, 10 + LEAST_SIDE_PX - 1, 100)
