"""The reading desk: what a click means for the session, and who must hear of it."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Any

from PySide6.QtCore import QObject, QTimer, Signal

from engine.domain.assessment import Category, Reading, Stage, check_complete
from engine.domain.calibration import Uncalibrated
from engine.domain.case import StudyFolder, UltrasoundImage
from engine.domain.descriptors import Descriptors
from engine.domain.errors import CaseError
from engine.domain.measure import LesionSize
from engine.domain.roi import Roi
from workstation.bridge import Bridge
from workstation.reading.autosave import Autosave
from workstation.reading.case_order import Order
from workstation.reading.case_state import CaseState
from workstation.reading.draft import Draft, category_for_digit, draft_of, number_text
from workstation.reading.pairing_choice import repaired, with_choice
from workstation.reading.roi_steadiness import RoiSteadiness
from workstation.reading.saved_words import clock_of
from workstation.reading.scoring import PAINTED_MS, Scoring
from workstation.reading.session import ReadingSession, known_of
from workstation.reading.unsealing import Unsealing
from workstation.viewing.frame_feed import FrameFeed
from workstation.viewing.marks_desk import MarksDesk
from workstation.viewing.picture_text import name_of
from workstation.words import tr


class ReadingDesk(QObject):
    """Owns the session; widgets call its methods and follow its signals.

    Signals
    -------
    session_changed : another folder is open; case_changed : another case or another pairing is on screen.
    draft_changed : what is entered for the case on screen changed; saved : (str) a reading is on the disk.
    row_changed : (int) a case's status or score; evidence_changed : the score of the case on screen.
    session_rescored : all scores were dropped.
    trouble : (str) a sentence for the person.
    hint : (str) a short word that goes by itself; incomplete : (str) why the reading cannot be saved yet.
    revealed : the AI of the case on screen was opened.
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
    hint = Signal(str)
    incomplete = Signal(str)
    revealed = Signal()
    models_listed = Signal(object, object)

    def __init__(self, bridge: Bridge, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._bridge = bridge
        self._saves = itertools.count()
        self.session: ReadingSession | None = None
        self.sealed = True
        self._told_restored: datetime | None = None
        self._is_settling = False
        self.autosave = Autosave(bridge, parent=self)
        self.autosave.failed.connect(self._tell_not_kept)
        self.feed = FrameFeed(bridge, parent=self)
        self.marks = MarksDesk(bridge, parent=self)
        self.marks.rois_changed.connect(self.set_rois)
        self.marks.size_changed.connect(self.set_size)
        self.marks.trouble.connect(self._tell_not_kept)
        self.steadiness = RoiSteadiness(bridge, parent=self)
        self.evidence_changed.connect(lambda: self.steadiness.look(self.current))
        self.steadiness.answered.connect(lambda state: self.evidence_changed.emit() if state is self.current else None)
        self.unsealing = Unsealing(bridge, parent=self)
        self.unsealing.opened.connect(self._is_revealed)
        self.unsealing.trouble.connect(self.trouble)
        self.scoring = Scoring(bridge, parent=self)
        self.scoring.answered.connect(self._answered)
        self.scoring.trouble.connect(self.hint)
        self._painted = QTimer(self, singleShot=True, interval=PAINTED_MS)
        self._painted.timeout.connect(self._prefetch)

    @property
    def current(self) -> CaseState | None:
        return self.session.current if self.session is not None else None

    def take_folder(self, folder: StudyFolder) -> None:
        """Show a folder, with what was read in it before."""
        names = [case.case_id for case in folder.cases]
        self._bridge.record(
            lambda store: known_of(store, names),
            key="folder",
            on_result=lambda known: self._begin(ReadingSession(folder, known, self.sealed)),
            on_error=lambda error: self._begin(ReadingSession(folder, sealed=self.sealed), error),
        )

    def names(self) -> dict[str, str]:
        """What the reader knows the open folder's cases by, by case id."""
        states = self.session.states if self.session is not None else []
        return {state.case.case_id: name_of(state.case) for state in states}

    def reload(self) -> None:
        """The case database is another one: what it holds of the open folder is read anew."""
        if self.session is not None:
            self.take_folder(self.session.folder)

    def move(self, step: int) -> None:
        if self.session is not None and self.session.move(step):
            self._show()

    def go_to(self, row: int) -> None:
        if self.session is not None and self.session.go_to(row):
            self._show()

    def set_sealed(self, on: bool) -> None:
        """Hide the AI until the reader's own category is saved, or show it at once."""
        self.sealed = on
        if self.session is not None and on != self.session.sealed:
            if on:
                self.unsealing.note_seen(self.session.states)
            self.session.seal(on)
            self.session_rescored.emit()
            self.draft_changed.emit()
            self._ai_may_show()

    def mark_seen(self, case_ids: frozenset[str]) -> None:
        """The AI's answers of these cases were on screen elsewhere, and that is written down."""
        if self.session is None:
            return
        for row, state in enumerate(self.session.states):
            if state.case.case_id in case_ids and not state.ai_shown:
                state.ai_shown = True
                self.row_changed.emit(row)
        if self.current is not None and self.current.case.case_id in case_ids:
            self.draft_changed.emit()
            self._ai_may_show()

    def set_descriptors(self, descriptors: Descriptors) -> None:
        if self.current is not None and descriptors != self.current.draft.descriptors:
            self._edit(descriptors=descriptors)
            self.evidence_changed.emit()
            self.scoring.edited()

    def set_order(self, order: Order) -> None:
        """Cases in order of their score need all scores; they are worked out behind everything else."""
        if self.session is not None:
            by_score = order is Order.SCORE and not self.sealed
            self.scoring.sweep(self.session.states if by_score else ())

    def edit(self, **changes: Any) -> None:
        """Other fields of the draft, by name (`workstation.reading.draft.Draft`)."""
        self._edit(**changes)

    def set_rois(self, rois: tuple[Roi, ...], limited: bool) -> None:
        """Regions of interest that the reader drew; where the analysis is limited to them, it is done anew."""
        state = self.current
        if state is None:
            return
        before = state.to_score
        self._edit(rois=rois, limited_to_rois=limited)
        if state.to_score != before:
            self.evidence_changed.emit()
            self.scoring.edited()

    def set_size(self, size: LesionSize | Uncalibrated | None) -> None:
        """The lesion's size as measured on the pictures; one that is not in mm leaves what was typed."""
        if isinstance(size, LesionSize):
            self._edit(
                horizontal=number_text(size.horizontal_mm),
                vertical=number_text(size.vertical_mm),
                orthogonal=number_text(size.orthogonal_mm),
            )

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
            state.forget_answer()
        self.steadiness.begin_anew()
        if self.session is not None:
            self.session_rescored.emit()
            self.evidence_changed.emit()
            self.scoring.begin_anew(self.current, self.session.following())

    def save(self, *, then: Callable[[], None] | None = None) -> None:
        """Save the reading of the case on screen if there is something to save; `then` follows when it is on disk.

        A first reading is sealed by this, and the AI is shown after it.
        """
        state = self.current
        if state is None:
            return
        if state.can_save:
            self._save(state, then)
        elif state.stage is Stage.FIRST and state.draft.category is None:
            self.hint.emit(tr("Choose your category first: it is saved, and then the AI is shown."))

    def save_and_next(self) -> None:
        """Save and go on; after a first reading the case stays, because the AI is shown now."""
        state = self.current
        if state is None:
            return
        if state.stage is Stage.FIRST and state.has_changes:
            self.save()
        elif state.can_save:
            self.save(then=lambda: self.move(1))
        else:
            self.move(1)  # nothing to save: a reading is never stored twice

    def save_all(self, then: Callable[[], None]) -> None:
        """Save every case with changes; `then` follows when all are on the disk.

        What cannot be a reading yet, such as a first one without a category, is kept as a draft.
        """
        unsaved = self.session.unsaved if self.session is not None else []
        waiting = [state for state in unsaved if state.can_save]
        self.autosave.keep(state for state in unsaved if not state.can_save)
        if not waiting:
            if self._pending():
                self.trouble.emit(tr("What is being typed is not kept for now. {sentence}", sentence=self.why_not_kept))
            else:
                then()
            return
        self._save(waiting[0], lambda: self.save_all(then))

    def not_kept(self) -> int:
        """Cases of which something entered or drawn is not on the disk; waits a moment for what is on its way there.

        `why_not_kept` tells what the disk said.
        """
        return len(self._unsaved() | self._pending())

    @property
    def why_not_kept(self) -> str:
        """What the disk said; "" when nothing was refused and only keeping is off."""
        return self.autosave.why or self.marks.why

    def give_up(self) -> None:
        """What is not kept is not wanted."""
        self.autosave.give_up()
        self.marks.give_up()

    def refresh(self) -> None:
        """Say everything again, for widgets that were made anew."""
        self.session_changed.emit()
        self._show()

    def _unsaved(self) -> frozenset[str]:
        """Cases with changes that nothing keeps before they are saved."""
        states = self.session.unsaved if self.session is not None and not self.autosave.is_on else []
        return frozenset(state.case.case_id for state in states)

    def _pending(self) -> frozenset[str]:
        """Cases of which something is refused by the disk, or still on its way there after a moment."""
        self.autosave.flush()
        self.marks.flush()
        if self.autosave.pending or self.marks.pending:
            self._is_settling = True  # whoever asks says it
            self._bridge.settle()
            self._is_settling = False
        return self.autosave.pending | self.marks.pending

    def _tell_not_kept(self, sentence: str) -> None:
        if not self._is_settling:
            self.trouble.emit(sentence)

    def _begin(self, session: ReadingSession, error: CaseError | None = None) -> None:
        self.autosave.flush()
        self.scoring.sweep(())
        self.unsealing.forget()
        self.session = session
        self.feed.cache.clear()
        self.marks.forget()
        self.refresh()
        if error is not None:
            self.trouble.emit(error.sentence)

    def _show(self) -> None:
        if self.session is None:
            return
        self.autosave.flush()
        following = self.session.following()
        if self.current is not None and self.current.problem is not None:
            self.current.problem = None  # what failed before is tried anew when the case is opened again
        self.case_changed.emit()
        if self.current is not None and self.current.restored_at not in (None, self._told_restored):
            self._told_restored = self.current.restored_at
            self.hint.emit(
                tr("Restored what was being typed at {clock_of}.", clock_of=clock_of(self.current.restored_at))
            )
        self.scoring.show(self.current, following)
        self._ai_may_show()
        self._painted.start()

    def _prefetch(self) -> None:
        following = self.session.following() if self.session is not None else None
        if following is not None:
            self.feed.prefetch(following.case.images.values())

    def _edit(self, **changes: Any) -> None:
        state, session = self.current, self.session
        if state is None or session is None:
            return
        draft = replace(state.draft, **changes)
        if draft != state.draft:
            state.draft = draft
            state.restored_at = None
            self.autosave.touched(state)
            self.draft_changed.emit()
            self.row_changed.emit(session.position)

    def _save(self, state: CaseState, then: Callable[[], None] | None) -> None:
        try:
            reading = state.reading()
            check_complete(reading)
        except CaseError as error:
            self.hint.emit(error.sentence)
            if state is self.current:
                self.incomplete.emit(error.sentence)
            return
        self.autosave.saving(state)
        draft = state.draft
        self._bridge.record(
            lambda store: store.save(reading),
            key=("save", next(self._saves)),
            on_result=lambda saved: self._is_saved(state, draft, saved, then),
            on_error=lambda error: self._is_not_saved(state, error),
        )

    def _is_saved(self, state: CaseState, draft: Draft, saved: Reading, then: Callable[[], None] | None) -> None:
        self.autosave.saved(state)
        state.history = (*state.history, saved)
        if state.draft == draft:
            state.draft = draft_of(state.case, saved)  # as it was stored: without blanks, the longer axis first
        else:
            self.autosave.touched(state)  # typed on while it was being saved
        state.restored_at = None
        self._tell_row(state)
        if state is self.current:
            self.draft_changed.emit()
            self._ai_may_show()
        self.saved.emit(saved.case_id)
        if then is not None:
            then()

    def _is_not_saved(self, state: CaseState, error: CaseError) -> None:
        self.autosave.not_saved(state)
        self.trouble.emit(tr("This reading is not saved yet. {sentence}", sentence=error.sentence))

    def _ai_may_show(self) -> None:
        """Open the AI of the case on screen where that is due."""
        if self.current is not None:
            self.unsealing.look(self.current)
            self.evidence_changed.emit()

    def _is_revealed(self, state: CaseState) -> None:
        self._tell_row(state)
        if state is self.current:
            self.draft_changed.emit()
            self.evidence_changed.emit()
            self.revealed.emit()

    def _tell_row(self, state: CaseState) -> None:
        row = self.session.find(state.case.case_id) if self.session is not None else None
        if row is not None:
            self.row_changed.emit(row)

    def _repaired(self, state: CaseState, work: Callable[[Any], None]) -> None:
        state.forget_answer()
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
        self._tell_row(state)
        if state is self.current:
            self._ai_may_show()
