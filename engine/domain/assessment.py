"""The reader's own judgement: the reading that is saved, and what is typed before it is."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType

from engine.domain.category import Category
from engine.domain.descriptors import Descriptors
from engine.domain.errors import CaseError, ErrorKind
from engine.domain.measure import LesionSize
from engine.domain.recommendation import Recommendation, disagreement
from engine.domain.roi import Roi

__all__ = ["Category", "Reading", "Stage", "UnsavedReading", "check_complete"]


class Stage(StrEnum):
    """What the reader knew of the AI when a reading was saved."""

    FIRST = "first"  # sealed: before the AI's answer was shown
    SECOND = "second"  # after a sealed first reading, with the AI's answer
    OPEN = "open"  # without sealing


@dataclass(frozen=True, kw_only=True)
class Reading:
    """One saved reading of one case; readings are only ever added.

    Attributes
    ----------
    saved_at : time of saving, UTC, None before it is saved.
    probability : positive class's probability that the reader saw, None when no model had answered or it was sealed.
    threshold : operating point on that probability; model, model_sha256: which model that was.
    stage : a first reading holds nothing of the AI.
    ai_shown : the AI's answer had been on screen; always so where there is a `probability`.
    recommendation_reason : why the recommendation differs from what usually goes with the category.
    laterality : "left", "right" or ""; clock_face: 1 to 12; nipple_distance_mm: from the nipple.
    rois : the reader's regions of interest; limited_to_rois: `probability` is of these alone.
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
    threshold: float | None = None
    stage: Stage = Stage.OPEN
    ai_shown: bool = False
    recommendation: Recommendation | None = None
    recommendation_reason: str = ""
    laterality: str = ""
    clock_face: int | None = None
    nipple_distance_mm: float | None = None
    size: LesionSize | None = None
    rois: tuple[Roi, ...] = ()
    limited_to_rois: bool = False

    def __post_init__(self) -> None:
        if self.probability is not None:
            object.__setattr__(self, "ai_shown", True)
        if self.stage is Stage.FIRST and self.ai_shown:
            raise ValueError("a first reading is made before the AI's answer is shown")
        if self.laterality not in ("", "left", "right"):
            raise ValueError(f"laterality is left or right, not {self.laterality!r}")
        if self.clock_face is not None and not 1 <= self.clock_face <= 12:
            raise ValueError(f"a clock face has 1 to 12 o'clock, not {self.clock_face}")
        distance = self.nipple_distance_mm
        if distance is not None and not (math.isfinite(distance) and distance >= 0):
            raise ValueError("the distance from the nipple is 0 mm or more")

    @property
    def disagrees_with_ai(self) -> bool | None:
        """Suspicious (4A or more) while the AI is below its threshold, or the reverse; None where that is not known."""
        suspicious = self.category.is_suspicious if self.category is not None else None
        if suspicious is None or self.probability is None or self.threshold is None:
            return None
        return suspicious != (self.probability >= self.threshold)


@dataclass(frozen=True, kw_only=True)
class UnsavedReading:
    """Everything that was entered for a case and not yet saved, kept through a crash.

    Attributes
    ----------
    typed : texts of fields as they stood, by the field's name, also where they are no values yet ("12 x").
    kept_at : when it was kept, UTC.
    """

    reading: Reading
    typed: Mapping[str, str] = field(default_factory=dict)
    kept_at: datetime | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "typed", MappingProxyType(dict(self.typed)))


def check_complete(reading: Reading) -> None:
    """Raise `CaseError` (INVALID) with what is missing before a reading can be saved."""
    if reading.stage is Stage.FIRST and reading.category is None:
        raise CaseError(ErrorKind.INVALID, "Choose a category first: the AI's answer is shown after it is saved.")
    unusual = disagreement(reading.category, reading.recommendation)
    if unusual and not reading.recommendation_reason.strip():
        raise CaseError(ErrorKind.INVALID, unusual)
