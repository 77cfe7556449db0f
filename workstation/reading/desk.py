"""The reading desk: what a click means for the session, and who must hear of it."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from PySide6.QtCore import QObject, Signal

from engine.domain.assessment import Category, Reading
from engine.domain.case import StudyFolder, UltrasoundImage
from engine.domain.descriptors import Descriptors
from engine.domain.errors import CaseError
from workstation.bridge import Bridge
from workstation.reading.draft import category_for_digit
from workstation.reading.scoring import Scoring
from workstation.reading.session import CaseState, ReadingSession, repaired, with_choice
from workstation.viewing.frame_feed import FrameFeed


class ReadingDesk(QObject):
    """Owns the session; widgets call its methods and follow its signals.

    Signals
    -------
    session_changed : another folder is open; case_changed : another case or another pairing is on screen.
    draft_changed : what is entered for the case on screen changed; saved : (str) a reading is on the disk.
    row_changed : (int) a case's status or score; evidence_changed : the score of the case on screen.
    session_rescored : all scores were dropped.
    trouble : (str) a sentence for the person.
    models_listed : (tuple of ModelChoice, name of the chosen one or None)
    """

    session_changed = Signal()
    case_changed = Signal()
    draft_changed = Signal()
    saved = Signal(str)
    row_changed = Signal(int)
    session_rescored = Signal()
    evidence_changed = Signal()
    trouble = Signal(str)
    models_listed = Signal(object, object)

    def __init__(self, bridge: Bridge, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._bridge = bridge
        self._saves = itertools.count()
        self.session: ReadingSession | None = None
        self.feed = FrameFeed(bridge, parent=self)
        self.scoring = Scoring(bridge, parent=self)
        self.scoring.answered.connect(self._answered)

    @property
    def current(self) -> CaseState | None:
        return self.session.current if self.session is not None else None

    def take_folder(self, folder: StudyFolder) -> None:
        """Show a folder, with what was read in it before."""
        names = [case.case_id for case in folder.cases]
        self._bridge.record(
            lambda store: (store.latest_of(names), store.pairings(names)),
            key="folder",
            on_result=lambda known: self._begin(ReadingSession(folder, *known)),
            on_error=lambda error: self._begin(ReadingSession(folder), error),
        )

    def move(self, step: int) -> None:
        if self.session is not None and self.session.move(step):
            self._show()

    def go_to(self, row: int) -> None:
        if self.session is not None and self.session.go_to(row):
            self._show()

    def set_descriptors(self, descriptors: Descriptors) -> None:
        if self.current is not None and descriptors != self.current.draft.descriptors:
            self._edit(descriptors=descriptors)
            self.evidence_changed.emit()
            self.scoring.edited()

    def set_category(self, category: Category | None) -> None:
        self._edit(category=category)

    def press_digit(self, digit: int) -> None:
        """A digit key: that category, 4 going through its three."""
        if self.current is not None:
            self._edit(category=category_for_digit(digit, self.current.draft.category))

    def set_comment(self, comment: str) -> None:
        self._edit(comment=comment)

    def choose_image(self, modality: str, image: UltrasoundImage | None) -> None:
        """Pair another image (None: none) in the place of `modality`, and remember it."""
        state, session = self.current, self.session
        if state is None or session is None:
            return
        chosen = with_choice(session.task, state, modality, image)
        state.case = repaired(state.automatic, chosen)
        self._repaired(state, lambda store: store.save_pairing(state.case.case_id, chosen))

    def pair_automatically(self) -> None:
        """Back to the pairing that was found in the files."""
        state = self.current
        if state is not None and state.case != state.automatic:
            state.case = state.automatic
            self._repaired(state, lambda store: store.clear_pairing(state.case.case_id))

    def list_models(self) -> None:
        """Ask for the installed models; `models_listed` answers."""
        self._bridge.list_models(
            on_result=lambda models: self.models_listed.emit(models, self._bridge.model),
            on_error=lambda error: self.trouble.emit(error.sentence),
        )

    def choose_model(self, name: str | None) -> None:
        """Score with another model from now on; None = the installed one that fits."""
        self._bridge.model = name
        for state in self.session.states if self.session is not None else []:
            state.prediction = state.scored = state.problem = None
        if self.session is not None:
            self.session_rescored.emit()
            self.evidence_changed.emit()
            self.scoring.show(self.current, self.session.following())

    def save(self, *, then: Callable[[], None] | None = None) -> None:
        """Save the reading of the case on screen if it has changes; `then` follows when it is on the disk."""
        if self.current is not None and self.current.has_changes:
            self._save(self.current, then)

    def save_and_next(self) -> None:
        if self.current is not None and self.current.has_changes:
            self.save(then=lambda: self.move(1))
        else:
            self.move(1)  # nothing to save: a reading is never stored twice

    def save_all(self, then: Callable[[], None]) -> None:
        """Save every case with changes; `then` follows when all are on the disk."""
        waiting = list(self.session.unsaved) if self.session is not None else []
        if not waiting:
            then()
            return
        first, last = waiting[0], len(waiting) == 1
        self._save(first, then if last else lambda: self.save_all(then))

    def refresh(self) -> None:
        """Say everything again, for widgets that were made anew."""
        self.session_changed.emit()
        self._show()

    def _begin(self, session: ReadingSession, error: CaseError | None = None) -> None:
        self.session = session
        self.feed.cache.clear()
        self.refresh()
        if error is not None:
            self.trouble.emit(error.sentence)

    def _show(self) -> None:
        if self.session is None:
            return
        following = self.session.following()
        if self.current is not None and self.current.problem is not None:
            self.current.problem = None  # what failed before is tried anew when the case is opened again
        self.case_changed.emit()
        self.scoring.show(self.current, following)
        if following is not None:
            self.feed.prefetch(following.case.images.values())

    def _edit(self, **changes: Any) -> None:
        state, session = self.current, self.session
        if state is None or session is None:
            return
        draft = replace(state.draft, **changes)
        if draft != state.draft:
            state.draft = draft
            self.draft_changed.emit()
            self.row_changed.emit(session.position)

    def _save(self, state: CaseState, then: Callable[[], None] | None) -> None:
        reading = state.reading()
        self._bridge.record(
            lambda store: store.save(reading),
            key=("save", next(self._saves)),
            on_result=lambda saved: self._is_saved(state, saved, then),
            on_error=lambda error: self.trouble.emit(f"This reading is not saved yet. {error.sentence}"),
        )

    def _is_saved(self, state: CaseState, saved: Reading, then: Callable[[], None] | None) -> None:
        state.saved = saved
        if state.draft.comment.strip() == saved.comment:
            state.draft = replace(state.draft, comment=saved.comment)
        row = self.session.find(saved.case_id) if self.session is not None else None
        if row is not None:
            self.row_changed.emit(row)
        if state is self.current:
            self.draft_changed.emit()
        self.saved.emit(saved.case_id)
        if then is not None:
            then()

    def _repaired(self, state: CaseState, work: Callable[[Any], None]) -> None:
        state.prediction = state.scored = state.problem = None
        self._bridge.record(
            work,
            key=("pairing", next(self._saves)),
            on_result=lambda _: None,
            on_error=lambda error: self.trouble.emit(error.sentence),
        )
        if self.session is not None:
            self.row_changed.emit(self.session.position)
        self._show()

    def _answered(self, state: CaseState) -> None:
        if self.session is None:
            return
        row = self.session.find(state.case.case_id)
        if row is not None:
            self.row_changed.emit(row)
        if state is self.current:
            self.evidence_changed.emit()
