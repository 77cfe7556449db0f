"""Key images, notes, arrows and calipers of a case."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from engine.domain.annotation import Annotation, Arrow, Caliper, KeyImage, Note, Outline
from engine.domain.calibration import Point
from engine.domain.measure import Ellipse
from engine.store.database import Database, portions
from engine.store.rows import encodable
from engine.store.tables import annotation


class Annotations(Database):
    """All annotations of a case are kept together and replaced together."""

    def save_annotations(self, case_id: str, annotations: Sequence[Annotation]) -> None:
        """Keep these, in this order, in the place of what the case had; none forgets them."""
        self._replace(annotation, {"case_id": case_id, "content": [_row(a) for a in annotations]})

    def annotations(self, case_ids: Iterable[str]) -> dict[str, tuple[Annotation, ...]]:
        """Annotations of these cases; cases without any are left out."""
        found: dict[str, tuple[Annotation, ...]] = {}
        for some in portions(case_ids):
            for row in self._rows(sa.select(annotation).where(annotation.c.case_id.in_(some))):
                if row["content"]:
                    found[row["case_id"]] = tuple(_annotation(item) for item in row["content"])
        return found


def _row(item: Annotation) -> dict[str, Any]:
    row: dict[str, Any] = {"sop_uid": item.sop_uid, "frame": item.frame}
    match item:
        case KeyImage():
            return row | {"kind": "key_image", "text": encodable(item.text)}
        case Note():
            return row | {"kind": "note", "at": _pair(item.at), "text": encodable(item.text)}
        case Arrow():
            ends = {"tail": _pair(item.tail), "head": _pair(item.head)}
            return row | {"kind": "arrow", "text": encodable(item.text)} | ends
        case Caliper():
            return row | {"kind": "caliper", "a": _pair(item.a), "b": _pair(item.b), "axis": item.axis}
        case Outline():
            e = item.ellipse
            shape = {"centre": _pair(e.centre), "end": _pair(e.end), "across_px": e.across_px}
            return row | {"kind": "outline"} | shape


def _annotation(row: Mapping[str, Any]) -> Annotation:
    place: dict[str, Any] = {"sop_uid": row["sop_uid"], "frame": row["frame"]}
    match row["kind"]:
        case "key_image":
            return KeyImage(**place, text=row["text"])
        case "note":
            return Note(**place, at=Point(*row["at"]), text=row["text"])
        case "arrow":
            return Arrow(**place, tail=Point(*row["tail"]), head=Point(*row["head"]), text=row["text"])
        case "caliper":
            return Caliper(**place, a=Point(*row["a"]), b=Point(*row["b"]), axis=row["axis"])
    ellipse = Ellipse(centre=Point(*row["centre"]), end=Point(*row["end"]), across_px=row["across_px"])
    return Outline(**place, ellipse=ellipse)


def _pair(point: Point) -> list[float]:
    return [point.x, point.y]
