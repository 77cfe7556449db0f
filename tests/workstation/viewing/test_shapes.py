"""Shapes, their handles and words, what a drag draws, and the marks of a case."""

from __future__ import annotations

import math

import pytest

from engine.domain.annotation import Arrow, Caliper, Note, Outline
from engine.domain.calibration import Point
from engine.domain.case import Box, Region
from engine.domain.measure import Ellipse, LesionSize
from engine.domain.roi import Roi, RoiShape
from tests.workstation.reading.cases import case, image
from workstation.viewing.marks import Drawn, Marks, limited_case, moved_cases, rois_by_modality, size_of
from workstation.viewing.pencil import Pull, Stroke, Tool, hit
from workstation.viewing.shapes import Shape, box_between, distance_to, handles, moved, with_handle, words

TISSUE = Region(box=Box(0, 0, 640, 480), data_type=1, spatial_format=1, delta_x_mm=0.1, delta_y_mm=0.1)
CALIPER = Caliper(sop_uid="1", a=Point(10, 20), b=Point(110, 20))
OUTLINE = Outline(sop_uid="1", ellipse=Ellipse(centre=Point(100, 100), end=Point(140, 100), across_px=20))
ROI = Roi(shape=RoiShape.ELLIPSE, box=Box(50, 60, 150, 120), sop_uid="1")
SHAPES: list[Shape] = [
    CALIPER, OUTLINE, ROI, Arrow(sop_uid="1", tail=Point(0, 0), head=Point(30, 40)),
    Note(sop_uid="1", at=Point(5, 5), text="here"),
]  # fmt: skip


@pytest.mark.parametrize("shape", SHAPES)
def test_a_dragged_handle_is_where_it_was_dragged_to(shape: Shape) -> None:
    for number, at in enumerate(handles(shape)):
        changed = with_handle(shape, number, Point(at.x + 3, at.y + 3))
        assert changed != shape
        now = handles(changed)[number]
        along = isinstance(shape, Outline) and number > 1  # these set a width, whatever the direction of the drag
        assert along or (now.x, now.y) == pytest.approx((at.x + 3, at.y + 3))


@pytest.mark.parametrize("shape", SHAPES)
def test_a_moved_shape_keeps_its_form(shape: Shape) -> None:
    there = moved(shape, 7, -4)
    for before, after in zip(handles(shape), handles(there), strict=True):
        assert (after.x - before.x, after.y - before.y) == pytest.approx((7, -4))


def test_an_ellipse_is_turned_by_its_first_axis_and_widened_by_its_second() -> None:
    turned = with_handle(OUTLINE, 0, Point(100, 150))
    assert isinstance(turned, Outline) and turned.ellipse.area_px == pytest.approx(math.pi * 50 * 20)
    wide = with_handle(OUTLINE, 2, Point(100, 133))
    assert isinstance(wide, Outline) and wide.ellipse.across_px == pytest.approx(33)


def test_a_shape_is_taken_by_its_line_and_sooner_by_its_handle() -> None:
    assert hit(SHAPES, Point(60, 22), 5) is not None
    found = hit([CALIPER, OUTLINE], Point(12, 21), 5)
    assert found is not None and found.shape == CALIPER and found.handle == 0
    assert hit([CALIPER, OUTLINE], Point(300, 300), 5) is None
    assert distance_to(OUTLINE, Point(100, 80)) == pytest.approx(0, abs=0.1)


def test_words_give_mm_or_pixels_with_the_reason() -> None:
    assert words(CALIPER, (TISSUE,)).short == "10.0 mm"
    bare = words(CALIPER, ())
    assert bare.short == "100 px, not calibrated" and "no calibration" in bare.why_not
    assert words(Caliper(sop_uid="1", a=Point(0, 0), b=Point(0, 50), axis="vertical"), (TISSUE,)).short == "2: 5.0 mm"
    assert words(OUTLINE, (TISSUE,)).short == f"{math.pi * 40 * 20 / 100:.1f} mm²"


def test_across_regions_it_is_not_calibrated() -> None:
    lower = Region(box=Box(0, 480, 640, 960), data_type=1, spatial_format=1, delta_x_mm=0.2, delta_y_mm=0.2)
    across = Caliper(sop_uid="1", a=Point(10, 400), b=Point(10, 500))
    said = words(across, (TISSUE, lower))
    assert said.short == "100 px, not calibrated" and "different scale" in said.why_not


def stroke(tool: Tool, start: Point, end: Point) -> Shape | None:
    return Stroke(tool=tool, start=start, sop_uid="1", frame=3, axis="vertical" if tool is Tool.SIZE else "").shape(end)


def test_what_a_drag_draws() -> None:
    a, b = Point(100, 100), Point(40, 160)
    assert stroke(Tool.DISTANCE, a, b) == Caliper(sop_uid="1", frame=3, a=a, b=b)
    assert stroke(Tool.SIZE, a, b) == Caliper(sop_uid="1", frame=3, a=a, b=b, axis="vertical")
    assert stroke(Tool.ARROW, a, b) == Arrow(sop_uid="1", frame=3, tail=a, head=b)
    area = stroke(Tool.AREA, a, b)
    assert isinstance(area, Outline) and area.ellipse.area_px == pytest.approx(math.pi * 900)
    assert stroke(Tool.ROI_BOX, a, b) == Roi(shape=RoiShape.BOX, box=Box(40, 100, 100, 160), sop_uid="1", frame=3)


@pytest.mark.parametrize("tool", [t for t in Tool if t not in (Tool.LOOK, Tool.NOTE)])
def test_a_slip_of_the_hand_draws_nothing(tool: Tool) -> None:
    assert stroke(tool, Point(100, 100), Point(100.5, 100.5)) is None


def test_a_pull_changes_what_was_taken() -> None:
    found = hit([CALIPER], Point(110, 20), 4)
    assert found is not None
    assert Pull(grip=found, start=Point(110, 20)).shape(Point(90, 20)) == Caliper(
        sop_uid="1", a=Point(10, 20), b=Point(90, 20)
    )


def test_a_second_axis_or_region_takes_the_place_of_the_first_and_can_be_undone() -> None:
    drawn = Drawn()
    first = Caliper(sop_uid="1", a=Point(0, 0), b=Point(100, 0), axis="horizontal")
    second = Caliper(sop_uid="1", a=Point(0, 0), b=Point(120, 0), axis="horizontal")
    drawn.become(drawn.marks.with_shape(first))
    assert drawn.marks.next_axis() == "vertical"
    drawn.become(drawn.marks.with_shape(second))
    drawn.become(drawn.marks.with_shape(ROI).with_shape(moved(ROI, 5, 5)))
    assert drawn.marks.annotations == (second,) and len(drawn.marks.rois) == 1
    assert drawn.undo() and drawn.undo() and drawn.marks.annotations == (first,)
    assert drawn.redo() and drawn.marks.annotations == (second,)


def test_two_pictures_of_one_file_have_a_region_each() -> None:
    left, right = Box(0, 0, 300, 480), Box(340, 0, 640, 480)
    dual = case(images={m: image(m, "1", crop=c) for m, c in (("bmode", left), ("doppler", right))})
    there = moved(ROI, 340, 0)
    marks = Marks().with_shape(ROI, left).with_shape(there, right)
    assert rois_by_modality(marks.rois, dual) == {"bmode": ROI, "doppler": there}
    assert marks.on(dual.images["bmode"], 0) == (ROI,)


def test_a_limited_case_shows_the_model_the_region_with_its_rim_and_the_neighbours_differ() -> None:
    whole = case()
    roi = Roi(shape=RoiShape.BOX, box=Box(200, 200, 300, 260), sop_uid="c-1.1")
    limited = limited_case(whole, (roi,))
    assert limited.images["bmode"].crop == Box(175, 155, 325, 305)  # a square, a quarter of the side more all around
    assert limited.images["doppler"] == whole.images["doppler"]
    crops = [c.images["bmode"].crop for c in moved_cases(whole, (roi,))]
    assert len(set(crops)) == 8 and limited.images["bmode"].crop not in crops
    assert moved_cases(whole, ()) == ()


def test_the_size_needs_three_calibrated_axes_or_two() -> None:
    images = {"bmode": image("bmode", "1", regions=(TISSUE,)), "doppler": image("doppler", "2", regions=(TISSUE,))}
    marks = Marks()
    for axis, uid, b in (
        ("horizontal", "1", Point(150, 0)),
        ("vertical", "1", Point(0, 80)),
        ("orthogonal", "2", Point(170, 0)),
    ):
        assert size_of(marks, case(images=images)) is None or axis == "orthogonal"
        marks = marks.with_shape(Caliper(sop_uid=uid, a=Point(0, 0), b=b, axis=axis))
    size = size_of(marks, case(images=images))
    assert isinstance(size, LesionSize)
    assert (size.horizontal_mm, size.vertical_mm, size.orthogonal_mm) == pytest.approx((17, 8, 15))


def test_a_key_image_is_a_frame_and_goes_by_the_same_key() -> None:
    marks = Marks().with_key_toggled("1", 4)
    assert marks.key_image("1", 4) is not None and marks.key_image("1", 5) is None
    assert marks.with_key_toggled("1", 4) == Marks()


def test_a_region_is_never_smaller_than_the_least() -> None:
    assert box_between(Point(0, 0), Point(7, 50)) is None
    assert with_handle(ROI, 0, Point(149, 119)) == ROI
