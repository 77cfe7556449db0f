"""Annotations come back as they were drawn."""

from __future__ import annotations

from pathlib import Path

from engine.domain.annotation import Annotation, Arrow, Caliper, KeyImage, Note, Outline
from engine.domain.calibration import Point
from engine.domain.measure import Ellipse
from engine.store import ReadingStore

ALL: tuple[Annotation, ...] = (
    KeyImage(sop_uid="1.2.3", frame=4, text="größter Durchmesser"),
    Note(sop_uid="1.2.3", frame=4, at=Point(0.1 + 0.2, 7.0), text="'; DROP TABLE annotation; --"),
    Arrow(sop_uid="1.2.3", tail=Point(1, 2), head=Point(3, 4)),
    Caliper(sop_uid="1.2.4", frame=1, a=Point(1 / 3, 2), b=Point(3, 4), axis="vertical"),
    Outline(sop_uid="1.2.4", ellipse=Ellipse(centre=Point(5, 5), end=Point(9, 6), across_px=2.5)),
)


def test_annotations_are_kept_replaced_and_forgotten(tmp_path: Path) -> None:
    file = tmp_path / "readings.sqlite"
    with ReadingStore(file) as store:
        store.save_annotations("c-1", ALL)
        store.save_annotations("c-2", ALL[:1])
    with ReadingStore(file) as store:
        assert store.annotations(["c-1", "c-2", "c-3"]) == {"c-1": ALL, "c-2": ALL[:1]}
        store.save_annotations("c-1", ALL[1:2])
        store.save_annotations("c-2", ())
        assert store.annotations(["c-1", "c-2"]) == {"c-1": ALL[1:2]}
