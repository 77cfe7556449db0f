"""Drawn maps: in their place, on one scale, honest about weak evidence."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest

from engine.domain.case import Box
from engine.domain.prediction import Heatmap
from engine.explain.colours import coloured, evidence_colours
from engine.explain.overlay import BAR_WIDTH, MIN_HEIGHT, blended, drawn, placed, png, thumbnail

GREY = np.full((200, 300, 3), 90, np.uint8)


def hot_cell(row: int, column: int, value: float = 4.0) -> Heatmap:
    values = np.zeros((5, 5), np.float32)
    values[row, column] = value
    return Heatmap(values=values, x0=100, y0=50, x1=200, y1=150, full_scale=4.0, weak_below=0.5, towards="malignant")


@pytest.mark.parametrize(("row", "column"), [(0, 0), (2, 2), (4, 1)])
def test_evidence_appears_where_it_lies_in_the_frame(row: int, column: int) -> None:
    values, inside = placed(hot_cell(row, column), 200, 300)
    hottest = np.argwhere(values == values.max()).mean(axis=0) + 0.5
    if row == 2:
        np.testing.assert_allclose(hottest, (50 + 20 * (row + 0.5), 100 + 20 * (column + 0.5)), atol=1.0)
    assert values[50 + 20 * row + 10, 100 + 20 * column + 10] == pytest.approx(4.0, rel=0.1)
    assert inside.sum() == 100 * 100
    assert inside[50:150, 100:200].all()


def test_nothing_is_drawn_outside_of_what_the_model_saw() -> None:
    picture = blended(GREY, hot_cell(0, 0))
    outside = np.ones((200, 300), bool)
    outside[50:150, 100:200] = False
    assert (picture[outside] == 90).all()
    assert (picture[50:70, 100:120] != 90).any()


def test_nothing_is_drawn_where_the_square_was_padded() -> None:
    picture = blended(GREY, hot_cell(0, 0), crop=Box(100, 60, 200, 140))
    assert (picture[:60] == 90).all()
    assert (picture[60:70, 100:120] != 90).any()


def test_a_map_that_reaches_beyond_the_frame_is_cut() -> None:
    beyond = replace(hot_cell(2, 2), x0=-50, y0=-20, x1=350, y1=220)
    assert blended(GREY, beyond).shape == GREY.shape


def test_weak_evidence_is_not_drawn_and_said_so() -> None:
    weak = hot_cell(2, 2, value=0.4)
    assert weak.is_weak
    np.testing.assert_array_equal(blended(GREY, weak), GREY)
    sheet, strong = drawn(GREY, weak, "B-mode"), drawn(GREY, hot_cell(2, 2), "B-mode")
    np.testing.assert_array_equal(sheet[:200, :300], GREY)
    ramp = evidence_colours()[255]
    assert not (sheet == ramp).all(axis=2).any()
    assert (strong == ramp).all(axis=2).any()


def test_the_scale_is_the_same_for_every_picture() -> None:
    """Twice the evidence has another colour; a map is never stretched to its own maximum."""
    one, two = coloured(np.full((1, 1), 1.0, np.float32), 4.0), coloured(np.full((1, 1), 2.0, np.float32), 4.0)
    assert not np.array_equal(one, two)
    np.testing.assert_array_equal(one[0, 0], evidence_colours()[63])
    np.testing.assert_array_equal(coloured(np.full((1, 1), 9.0, np.float32), 4.0)[0, 0], evidence_colours()[255])


@pytest.mark.parametrize("kind", ["all cones", "no red", "no green", "no blue"])
def test_colours_are_told_apart_with_any_colour_vision(kind: str) -> None:
    """Lightness alone rises from end to end, also when one kind of cone is missing (Vienot 1999)."""
    linear = (evidence_colours().astype(np.float64) / 255) ** 2.2
    cones = linear @ np.array([[17.8824, 43.5161, 4.11935], [3.45565, 27.1554, 3.86714], [0.02996, 0.18431, 1.46709]]).T
    if kind == "no red":
        cones[:, 0] = 2.02344 * cones[:, 1] - 2.52581 * cones[:, 2]
    elif kind == "no green":
        cones[:, 1] = 0.49421 * cones[:, 0] + 1.24827 * cones[:, 2]
    elif kind == "no blue":
        cones[:, 2] = -0.01224 * cones[:, 0] + 0.07203 * cones[:, 1]
    lightness = cones[:, 0] + cones[:, 1]
    assert (np.diff(lightness) > -0.01 * lightness.max()).all()
    assert lightness[-1] > 5 * lightness[0]


def test_a_small_picture_leaves_room_for_the_scale() -> None:
    sheet = drawn(np.zeros((60, 80, 3), np.uint8), hot_cell(2, 2), "Doppler")
    assert sheet.shape == (MIN_HEIGHT, 80 + BAR_WIDTH, 3)


def test_the_file_holds_the_picture_and_its_bytes_repeat() -> None:
    sheet = drawn(GREY, hot_cell(1, 3), "B-mode")
    data = png(sheet)
    assert data == png(drawn(GREY, hot_cell(1, 3), "B-mode"))
    read = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
    np.testing.assert_array_equal(cv2.cvtColor(read, cv2.COLOR_BGR2RGB), sheet)


def test_a_thumbnail_keeps_the_shape() -> None:
    small = cv2.imdecode(np.frombuffer(thumbnail(GREY), np.uint8), cv2.IMREAD_COLOR)
    assert small.shape == (160, 240, 3)
