"""The reading session: cases of the open folder, where the reader is, what is entered, saved and scored. No Qt."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from engine.domain.assessment import Reading, UnsavedReading
from engine.domain.case import Case, StudyFolder
from engine.domain.sealing import Revelation
from engine.domain.task import Task, load_task
from workstation.reading.case_state import CaseState, Status
from workstation.reading.draft import draft_of, restored_draft
from workstation.reading.pairing_choice import Chosen, repaired


@dataclass(frozen=True, kw_only=True)
class Known:
    """What the case database holds of a folder's cases, by case id."""

    histories: Mapping[str, Sequence[Reading]] = field(default_factory=dict)
    pairings: Mapping[str, Chosen] = field(default_factory=dict)
    revelations: Mapping[str, Revelation] = field(default_factory=dict)
    drafts: Mapping[str, UnsavedReading] = field(default_factory=dict)


def known_of(store: Any, names: list[str]) -> Known:
    """What the case database holds of these cases; runs in the records' thread."""
    return Known(
        histories=store.histories(names),
        pairings=store.pairings(names),
        revelations=store.revelations(names),
        drafts=store.drafts(names),
    )


@dataclass
class ReadingSession:
    """Cases of one folder; `position` is the one on screen, `order` the rows that the list shows."""

    folder: StudyFolder
    known: Known = field(default_factory=Known)
    sealed: bool = False
    position: int = 0

    def __post_init__(self) -> None:
        self.task: Task = load_task(self.folder.task)
        self.states = [self._state(case) for case in self.folder.cases]
        self.order = list(range(len(self.states)))
        restored = (i for i, s in enumerate(self.states) if s.restored_at is not None)
        unread = (i for i, s in enumerate(self.states) if s.status is Status.UNREAD)
        self.position = next(restored, next(unread, 0))

    def _state(self, automatic: Case) -> CaseState:
        name = automatic.case_id
        history, chosen = tuple(self.known.histories.get(name, ())), self.known.pairings.get(name)
        case = repaired(automatic, chosen) if chosen else automatic
        unsaved = self.known.drafts.get(name)
        draft = draft_of(case, history[-1] if history else None)
        state = CaseState(
            case=case,
            automatic=automatic,
            draft=draft,
            history=history,
            sealed=self.sealed,
            ai_shown=name in self.known.revelations or any(r.ai_shown for r in history),
        )
        if unsaved is not None:
            state.draft = restored_draft(unsaved)
            state.restored_at = unsaved.kept_at if state.has_changes else None
        return state

    def seal(self, on: bool) -> None:
        """Hide the AI before the reader's own category from now on, or no longer."""
        self.sealed = on
        for state in self.states:
            if on and state.has_seen_ai:
                state.ai_shown = True  # it may have been on screen
            state.sealed = on

    @property
    def current(self) -> CaseState | None:
        return self.states[self.position] if self.states else None

    def following(self) -> CaseState | None:
        """The next case, which is prepared while this one is read."""
        ahead = self._beside(1)
        return self.states[ahead] if ahead is not None else None

    def move(self, step: int) -> bool:
        """Go forward or back in the order of the list; False at either end."""
        beside = self._beside(step)
        return beside is not None and self.go_to(beside)

    def _beside(self, step: int) -> int | None:
        """Row of the case so many places further in the list; from outside of it, its first case."""
        if self.position not in self.order:
            return self.order[0] if self.order else None
        place = self.order.index(self.position) + step
        return self.order[place] if 0 <= place < len(self.order) else None

    def go_to(self, position: int) -> bool:
        if not 0 <= position < len(self.states) or position == self.position:
            return False
        self.position = position
        return True

    def find(self, case_id: str) -> int | None:
        return next((i for i, s in enumerate(self.states) if s.case.case_id == case_id), None)

    @property
    def unsaved(self) -> list[CaseState]:
        return [s for s in self.states if s.has_changes]

    @property
    def n_read(self) -> int:
        """Cases with a category; a first reading counts."""
        return sum(s.saved is not None and s.saved.category is not None for s in self.states)
