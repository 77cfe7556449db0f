"""What the reader recommends to do next: the reader's own choice, not derived from the category."""

from __future__ import annotations

from enum import StrEnum

from engine.domain.category import Category


class Recommendation(StrEnum):
    """Management of a finding (ACR BI-RADS Ultrasound, 5th edition, table of concordance)."""

    ROUTINE = "routine"
    SHORT_INTERVAL = "short_interval"
    ADDITIONAL_IMAGING = "additional_imaging"
    BIOPSY = "biopsy"
    TREATMENT = "treatment"
    OTHER = "other"

    @property
    def label(self) -> str:
        return _LABELS[self]


_LABELS = {
    Recommendation.ROUTINE: "routine screening",
    Recommendation.SHORT_INTERVAL: "short-interval follow-up (6 months)",
    Recommendation.ADDITIONAL_IMAGING: "additional imaging or comparison with prior examinations",
    Recommendation.BIOPSY: "tissue diagnosis",
    Recommendation.TREATMENT: "surgical excision or treatment as planned",
    Recommendation.OTHER: "other, see comment",
}

_EXPECTED = {
    Category.INCOMPLETE: (Recommendation.ADDITIONAL_IMAGING,),
    Category.NEGATIVE: (Recommendation.ROUTINE,),
    Category.BENIGN: (Recommendation.ROUTINE,),
    Category.PROBABLY_BENIGN: (Recommendation.SHORT_INTERVAL,),
    Category.LOW_SUSPICION: (Recommendation.BIOPSY,),
    Category.MODERATE_SUSPICION: (Recommendation.BIOPSY,),
    Category.HIGH_SUSPICION: (Recommendation.BIOPSY,),
    Category.HIGHLY_SUGGESTIVE: (Recommendation.BIOPSY,),
    Category.KNOWN_MALIGNANCY: (Recommendation.TREATMENT,),
}


def expected_recommendations(category: Category) -> tuple[Recommendation, ...]:
    """What usually goes with a category; anything else asks for a reason."""
    return _EXPECTED[category]


def disagreement(category: Category | None, recommendation: Recommendation | None) -> str:
    """A sentence where a recommendation is unusual for the category, "" where it is not or one of them is open."""
    if category is None or recommendation is None or recommendation in expected_recommendations(category):
        return ""
    usual = " or ".join(r.label for r in expected_recommendations(category))
    return (
        f"Category {category} ({category.label}) usually goes with {usual}, not with {recommendation.label}. "
        "Please say why."
    )
