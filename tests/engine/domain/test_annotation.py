"""Annotations that could not be drawn cannot be built."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from engine.domain.annotation import MOST_LETTERS, Annotation, Arrow, Caliper, KeyImage, Note, size_from
from engine.domain.calibration import Point, Uncalibrated
from engine.domain.case import Box, Region
from engine.domain.measure import LesionSize

A, B = Point(1, 2), Point(3, 4)


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: KeyImage(sop_uid=""),
        lambda: KeyImage(sop_uid="1.2", frame=-1),
        lambda: KeyImage(sop_uid="1.2", text="x" * (MOST_LETTERS + 1)),
        lambda: Note(sop_uid="1.2", at=A, text=" "),
        lambda: Arrow(sop_uid="1.2", tail=A, head=A),
        lambda: Caliper(sop_uid="1.2", a=A, b=A),
        lambda: Caliper(sop_uid="1.2", a=A, b=B, axis="diagonal"),
        lambda: Note(sop_uid="1.2", at=Point(float("nan"), 0), text="cyst"),
    ],
)
def test_refused(wrong: Callable[[], Annotation]) -> None:
    with pytest.raises(ValueError):
        wrong()


def test_the_size_comes_from_the_calipers_of_both_planes() -> None:
    def picture(delta_mm: float) -> tuple[Region, ...]:
        box = Box(0, 0, 200, 200)
        return (Region(box=box, data_type=1, spatial_format=1, delta_x_mm=delta_mm, delta_y_mm=delta_mm),)

    regions = {"1.2": picture(0.1), "1.3": picture(0.2)}
    slip = Caliper(sop_uid="1.2", a=Point(0, 50), b=Point(50, 50), axis="horizontal")
    across = Caliper(sop_uid="1.2", a=Point(10, 50), b=Point(110, 50), axis="horizontal")
    down = Caliper(sop_uid="1.2", a=Point(60, 20), b=Point(60, 90), axis="vertical")
    other_plane = Caliper(sop_uid="1.3", a=Point(10, 50), b=Point(90, 50), axis="orthogonal")
    drawn = [KeyImage(sop_uid="1.2"), slip, across, Caliper(sop_uid="1.2", a=A, b=B)]
    assert size_from(drawn, regions) is None
    size = size_from([*drawn, down, other_plane], regions)
    assert isinstance(size, LesionSize)
    assert (size.horizontal_mm, size.vertical_mm, size.orthogonal_mm) == pytest.approx((16, 7, 10))
    assert isinstance(size_from([*drawn, down, other_plane], {"1.2": regions["1.2"]}), Uncalibrated)
