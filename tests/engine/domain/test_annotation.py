"""Annotations that could not be drawn cannot be built."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from engine.domain.annotation import MOST_LETTERS, Annotation, Arrow, Caliper, KeyImage, Note
from engine.domain.calibration import Point

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
