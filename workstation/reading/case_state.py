"""One case while its folder is open: what is known, entered, scored and may be shown. No Qt."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from engine.domain.agreement import ReadingStatus, status_of
from engine.domain.assessment import Reading, Stage
from engine.domain.case import Case
from engine.domain.errors import CaseError
from engine.domain.prediction import Prediction
from engine.domain.roi import Steadiness
from engine.domain.sealing import Revelation, may_show_ai, next_stage
from engine.domain.task import load_task
from workstation.reading.draft import Draft, draft_of, reading_of
from workstation.reading.what_if import WhatIfTable
from workstation.viewing.marks import limited_case
from workstation.words import later


class Status(StrEnum):
    """Where a case stands, as the list says it."""

    UNREAD = later("unread")
    CHANGED = later("not saved")
    STARTED = later("saved without a category")
    FIRST = later("first reading")
    READ = later("read")
    DISAGREED = later("disagreed")


@dataclass(kw_only=True)
class CaseState:
    """One case while its folder is open.

    Attributes
    ----------
    case : with the images that are paired now; automatic: as the folder gave it.
    history : its saved readings, the oldest first.
    sealed : the AI stays hidden until the reader's own category is saved.
    ai_shown : the AI's answer is or was on screen, now or in an earlier session.
    answer : what the model says, known before it may be shown; it belongs to `scored`, the case it was computed from.
    problem : why there is no answer.
    moved : how steady the score of a case is when its regions of interest move.
    restored_at : when the draft, which a crash left behind, was kept.
    """

    case: Case
    automatic: Case
    draft: Draft
    history: tuple[Reading, ...] = ()
    sealed: bool = False
    ai_shown: bool = False
    answer: Prediction | None = None
    scored: Case | None = None
    problem: CaseError | None = None
    what_if: WhatIfTable | None = None
    moved: tuple[Case, Steadiness] | None = None
    restored_at: datetime | None = None

    @property
    def saved(self) -> Reading | None:
        """The newest saved reading."""
        return self.history[-1] if self.history else None

    @property
    def prediction(self) -> Prediction | None:
        """The model's answer as far as it may be on screen: nothing while the case is sealed."""
        return self.answer if self.may_show_ai else None

    @property
    def may_show_ai(self) -> bool:
        """Nothing of the answer is shown before; a first reading opens it once the revelation is on the disk."""
        if self.ai_shown or not self.sealed:
            return True
        return may_show_ai(self.history, sealed=True) and not self.to_reveal

    @property
    def to_reveal(self) -> bool:
        """A first reading is saved, and it is not yet written down that the AI was shown."""
        return self.sealed and not self.ai_shown and any(r.stage is Stage.FIRST and r.category for r in self.history)

    @property
    def stage(self) -> Stage:
        """Of a reading that is saved now."""
        return next_stage(self.history, sealed=self.sealed, ai_shown=self.has_seen_ai)

    @property
    def has_seen_ai(self) -> bool:
        return self.ai_shown or (not self.sealed and self.answer is not None)

    @property
    def waits_for_second(self) -> bool:
        """The AI was shown after a first reading, and the reader has not said what remains of it."""
        return self.has_seen_ai and self.saved is not None and self.saved.stage is Stage.FIRST

    @property
    def can_save(self) -> bool:
        if self.stage is Stage.FIRST:
            return self.has_changes and self.draft.category is not None
        return self.has_changes or self.waits_for_second

    @property
    def to_score(self) -> Case:
        """The case with the descriptors as they stand in the form, cut to the reader's regions where that is wanted."""
        case = self.case.with_descriptors(self.draft.descriptors)
        return limited_case(case, self.draft.rois) if self.draft.limited_to_rois else case

    @property
    def steadiness(self) -> Steadiness | None:
        """How far the score moves when the regions of interest move; None while that is not known."""
        return self.moved[1] if self.moved is not None and self.moved[0] == self.to_score else None

    @property
    def is_scored(self) -> bool:
        return self.answer is not None and self.scored == self.to_score

    @property
    def has_changes(self) -> bool:
        return self.draft != draft_of(self.case, self.saved)

    @property
    def status(self) -> Status:
        if self.has_changes:
            return Status.CHANGED
        if self.saved is None:
            return Status.UNREAD
        if self.saved.category is None:
            return Status.STARTED
        return _STATUS[status_of(self.saved)]

    @property
    def probability(self) -> float | None:
        """Positive class's probability for the list: this session's, else the one saved with the reading; None while
        it is sealed."""
        if not self.may_show_ai:
            return None
        if self.answer is not None:
            return load_task(self.case.task).chance_of_positive(self.answer.probabilities)
        return self.saved.probability if self.saved is not None else None

    def forget_answer(self) -> None:
        """The images or the model changed."""
        self.answer = self.scored = self.problem = self.what_if = self.moved = None

    def reading(self) -> Reading:
        """What saving would store now; a first reading holds nothing of the AI."""
        stage = self.stage
        shown = self.prediction if self.is_scored and stage is not Stage.FIRST else None
        return reading_of(
            self.draft,
            case_id=self.case.case_id,
            task=self.case.task,
            probability=self.probability if shown else None,
            threshold=shown.threshold if shown else None,
            model=shown.model if shown else "",
            model_sha256=shown.model_sha256 if shown else "",
            stage=stage,
            ai_shown=stage is not Stage.FIRST and self.has_seen_ai,
        )

    def revelation(self) -> Revelation | None:
        """What is written down when the AI is shown now; None while there is no answer to show."""
        if self.answer is None or not self.is_scored:
            return None
        return Revelation(
            case_id=self.case.case_id,
            probability=load_task(self.case.task).chance_of_positive(self.answer.probabilities),
            threshold=self.answer.threshold,
            model=self.answer.model,
            model_sha256=self.answer.model_sha256,
        )


_STATUS = {
    ReadingStatus.UNREAD: Status.UNREAD,
    ReadingStatus.FIRST_READ: Status.FIRST,
    ReadingStatus.READ: Status.READ,
    ReadingStatus.DISAGREED: Status.DISAGREED,
}
