"""Between the domain's objects and what a row of the database holds."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from engine.domain.assessment import Category, Reading
from engine.domain.descriptors import Descriptors


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
        "comment": _encodable(reading.comment),
        "prediction": {
            "probability": reading.probability,
            "model": reading.model,
            "model_sha256": reading.model_sha256,
        },
    }


def reading_of(row: Mapping[str, Any], saved_at: str | None) -> Reading:
    """The reading that a row holds. Terms stay as they were saved, even when the lexicon has changed since."""
    prediction = row["prediction"]
    return Reading(
        case_id=row["case_id"],
        task=row["task"],
        category=Category(row["category"]) if row["category"] is not None else None,
        descriptors=Descriptors({name: tuple(terms) for name, terms in row["descriptors"].items()}),
        comment=row["comment"],
        probability=prediction["probability"],
        model=prediction["model"],
        model_sha256=prediction["model_sha256"],
        saved_at=datetime.fromisoformat(saved_at) if saved_at else None,
    )


def _encodable(text: str) -> str:
    """`text` with halves of broken surrogate pairs, which no database takes, replaced."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
