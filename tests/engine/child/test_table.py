"""Tables of dataclass values: what goes in comes out, and nothing else is let in."""

from __future__ import annotations

import msgpack
import pytest

from engine.child.table import pack, unpack
from engine.domain.case import Box, Refusal, Region, UltrasoundImage
from engine.domain.errors import ErrorKind


def image(name: str, crop: Box | None = None) -> UltrasoundImage:
    region = Region(box=Box(0, 0, 9, 9), data_type=1, spatial_format=1, delta_x_mm=0.1)
    return UltrasoundImage(path=name, modality="bmode", why="", rows=9, columns=9, crop=crop, regions=(region,))


def test_values_of_several_kinds_come_back_in_order() -> None:
    values = [
        image("ä.dcm"),
        Refusal(path="b", kind=ErrorKind.CORRUPT, sentence="damaged"),
        image("c", Box(1, 2, 3, 4)),
        Box(5, 6, 7, 8),
    ]
    assert unpack(pack(values)) == values
    assert unpack(pack([])) == []


def test_what_is_alike_is_packed_once() -> None:
    one, many = len(pack([image("000")])), len(pack([image(f"{n:03}") for n in range(100)]))
    assert many - one < 99 * 60


def test_checks_of_a_class_are_made_again() -> None:
    heads, parts, rows = msgpack.unpackb(pack([Box(1, 2, 3, 4)]))
    rows[0][1][2] = 0  # x1 < x0
    with pytest.raises(ValueError, match="empty box"):
        unpack(msgpack.packb((heads, parts, rows)))


@pytest.mark.parametrize("name", ["os:system", "engine.domain.case:Case.images", "engine.domain.errors:ErrorKind"])
def test_foreign_names_are_refused(name: str) -> None:
    with pytest.raises(ValueError):
        unpack(msgpack.packb(([(name, [])], [], [(0, [], [])])))


def test_a_class_that_has_changed_is_refused() -> None:
    heads, parts, rows = msgpack.unpackb(pack([Box(1, 2, 3, 4)]))
    heads[0][1][0] = "left"
    with pytest.raises(ValueError, match="other fields"):
        unpack(msgpack.packb((heads, parts, rows)))
