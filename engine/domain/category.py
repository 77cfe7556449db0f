"""BI-RADS assessment categories."""

from __future__ import annotations

from enum import StrEnum


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

    @property
    def is_suspicious(self) -> bool | None:
        """True from 4A on, False for 1 to 3; None for 0, which says neither."""
        return None if self is Category.INCOMPLETE else self not in _NOT_SUSPICIOUS


_NOT_SUSPICIOUS = (Category.NEGATIVE, Category.BENIGN, Category.PROBABLY_BENIGN)

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
