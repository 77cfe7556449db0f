"""Between the domain's readings and what a row of the database holds."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from engine.domain.assessment import Reading, Stage
from engine.domain.case import Box
from engine.domain.category import Category
from engine.domain.descriptors import Descriptors
from engine.domain.measure import LesionSize
from engine.domain.recommendation import Recommendation
from engine.domain.roi import Roi, RoiShape


def now() -> datetime:
    """The present, UTC."""
    return datetime.now(UTC)


def row_of(reading: Reading) -> dict[str, Any]:
    """Columns of the table `reading`, without `id` and `saved_at`; the same mapping is a draft's content."""
    return {
        "case_id": reading.case_id,
        "task": reading.task,
        "category": reading.category.value if reading.category is not None else None,
        "descriptors": {name: list(terms) for name, terms in reading.descriptors.terms.items()},
        "comment": encodable(reading.comment),
        "prediction": {
            "probability": reading.probability,
            "threshold": reading.threshold,
            "model": reading.model,
            "model_sha256": reading.model_sha256,
        },
        "stage": reading.stage.value,
        "ai_shown": reading.ai_shown,
        "details": _details(reading),
    }


def _details(reading: Reading) -> dict[str, Any]:
    size = reading.size
    return {
        "recommendation": reading.recommendation.value if reading.recommendation is not None else None,
        "recommendation_reason": encodable(reading.recommendation_reason),
        "laterality": reading.laterality,
        "clock_face": reading.clock_face,
        "nipple_distance_mm": reading.nipple_distance_mm,
        "size_mm": [size.horizontal_mm, size.vertical_mm, size.orthogonal_mm] if size is not None else None,
        "rois": [_roi_row(roi) for roi in reading.rois],
        "limited_to_rois": reading.limited_to_rois,
    }


def reading_of(row: Mapping[str, Any], saved_at: str | None) -> Reading:
    """The reading that a row holds. Terms stay as they were saved, even when the lexicon has changed since."""
    prediction, details = row["prediction"], row.get("details") or {}
    recommendation, size = details.get("recommendation"), details.get("size_mm")
    return Reading(
        case_id=row["case_id"],
        task=row["task"],
        category=Category(row["category"]) if row["category"] is not None else None,
        descriptors=Descriptors({name: tuple(terms) for name, terms in row["descriptors"].items()}),
        comment=row["comment"],
        probability=prediction["probability"],
        threshold=prediction.get("threshold"),
        model=prediction["model"],
        model_sha256=prediction["model_sha256"],
        saved_at=datetime.fromisoformat(saved_at) if saved_at else None,
        stage=Stage(row.get("stage") or "open"),
        ai_shown=bool(row.get("ai_shown")),
        recommendation=Recommendation(recommendation) if recommendation else None,
        recommendation_reason=details.get("recommendation_reason", ""),
        laterality=details.get("laterality", ""),
        clock_face=details.get("clock_face"),
        nipple_distance_mm=details.get("nipple_distance_mm"),
        size=LesionSize(horizontal_mm=size[0], vertical_mm=size[1], orthogonal_mm=size[2]) if size else None,
        rois=tuple(_roi_of(roi) for roi in details.get("rois", ())),
        limited_to_rois=details.get("limited_to_rois", False),
    )


def _roi_row(roi: Roi) -> dict[str, Any]:
    box = roi.box
    return {
        "shape": roi.shape.value,
        "box": [box.x0, box.y0, box.x1, box.y1],
        "sop_uid": roi.sop_uid,
        "frame": roi.frame,
    }


def _roi_of(row: Mapping[str, Any]) -> Roi:
    return Roi(shape=RoiShape(row["shape"]), box=Box(*row["box"]), sop_uid=row["sop_uid"], frame=row["frame"])


def encodable(text: str) -> str:
    """`text` with halves of broken surrogate pairs, which no database takes, replaced."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
