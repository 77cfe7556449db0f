"""The reader's own judgement: BI-RADS assessment category and the reading that is saved."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from engine.domain.descriptors import Descriptors


class Category(StrEnum):
    """BI-RADS assessment category (ACR BI-RADS Ultrasound, 5th edition)."""

    INCOMPLETE = "0"
    NEGATIVE = "1"
    BENIGN = "2"
    PROBABLY_BENIGN = "3"
    LOW_SUSPICION = "4A"
    MODERATE_SUSPICION = "4B"
    HIGH_SUSPICION = "4C"
    HIGHLY_SUGGESTIVE = "5"
    KNOWN_MALIGNANCY = "6"

    @property
    def label(self) -> str:
        return _LABELS[self]


_LABELS = {
    Category.INCOMPLETE: "incomplete, needs more imaging",
    Category.NEGATIVE: "negative",
    Category.BENIGN: "benign",
    Category.PROBABLY_BENIGN: "probably benign",
    Category.LOW_SUSPICION: "low suspicion of malignancy",
    Category.MODERATE_SUSPICION: "moderate suspicion of malignancy",
    Category.HIGH_SUSPICION: "high suspicion of malignancy",
    Category.HIGHLY_SUGGESTIVE: "highly suggestive of malignancy",
    Category.KNOWN_MALIGNANCY: "known biopsy-proven malignancy",
}


@dataclass(frozen=True, kw_only=True)
class Reading:
    """One saved reading of one case; readings are only ever added.

    Attributes
    ----------
    saved_at : time of saving, UTC, None before it is saved.
    probability : positive class's probability that the reader saw, None when no model had answered.
    model, model_sha256 : which model that was.
    """

    case_id: str
    task: str
    category: Category | None
    descriptors: Descriptors = field(default_factory=Descriptors)
    comment: str = ""
    probability: float | None = None
    model: str = ""
    model_sha256: str = ""
    saved_at: datetime | None = None
