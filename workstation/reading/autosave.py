"""Keeps what is being typed on the disk, a second after the last key and whenever another case is opened."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import QObject, QTimer, Signal

from engine.domain.errors import CaseError
from workstation.bridge import Bridge
from workstation.kept_writes import KeptWrites
from workstation.reading.case_state import CaseState
from workstation.reading.draft import draft_of, kept_reading
from workstation.words import tr

AFTER_MS = 1000


class Autosave(QObject):
    """Drafts on their way to the case database; one that the disk refuses waits and is tried again.

    Signals
    -------
    failed : (sentence) once, until a draft could be kept again.
    """

    failed = Signal(str)

    def __init__(self, bridge: Bridge, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.is_on = True
        self._waiting: dict[str, CaseState] = {}
        self._saving: set[str] = set()
        self._drafts = KeptWrites(bridge, "draft", parent=self)
        self._drafts.failed.connect(self._tell)
        self._pause = QTimer(self, singleShot=True, interval=AFTER_MS)
        self._pause.timeout.connect(self.flush)

    @property
    def pending(self) -> frozenset[str]:
        """Cases of which something typed is not known to be on the disk."""
        return self._drafts.pending | self._waiting.keys() | self._saving

    @property
    def why(self) -> str:
        """Why the last draft is not kept, "" when it is."""
        return self._drafts.why

    def touched(self, state: CaseState) -> None:
        """Something was entered; it is kept when nothing more follows for a second."""
        if self.is_on:
            self._waiting[state.case.case_id] = state
            self._pause.start()

    def saving(self, state: CaseState) -> None:
        """A reading of the case is on its way to the disk and takes its draft along: `saved` or `not_saved` follows."""
        self._waiting.pop(state.case.case_id, None)
        self._drafts.forget(state.case.case_id)
        self._saving.add(state.case.case_id)

    def saved(self, state: CaseState) -> None:
        """The reading is on the disk, and its draft is gone there."""
        self._saving.discard(state.case.case_id)

    def not_saved(self, state: CaseState) -> None:
        """The reading is not on the disk: what was typed is a draft again."""
        self._saving.discard(state.case.case_id)
        self.touched(state)

    def flush(self) -> None:
        """Keep everything now, also what could not be kept before."""
        self._pause.stop()
        waiting, self._waiting = self._waiting, {}
        for state in waiting.values():
            self._keep(state)
        self._drafts.retry()

    def keep(self, states: Iterable[CaseState]) -> None:
        """Keep these at once, also when keeping is off."""
        for state in states:
            self._keep(state)

    def give_up(self) -> None:
        """The person does not want what is not kept."""
        self._pause.stop()
        self._waiting.clear()
        self._drafts.clear()

    def _keep(self, state: CaseState) -> None:
        name, draft = state.case.case_id, state.draft
        kept = kept_reading(draft, case_id=name, task=state.case.task)
        typed = draft.typed
        changed = draft != draft_of(state.case, state.saved)
        self._drafts.put(name, lambda store: store.save_draft(kept, typed) if changed else store.clear_draft(name))

    def _tell(self, error: CaseError) -> None:
        self.failed.emit(tr("What is being typed is not kept for now. {sentence}", sentence=error.sentence))
