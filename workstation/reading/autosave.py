"""Keeps what is being typed on the disk, a second after the last key and whenever another case is opened."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import QObject, QTimer, Signal

from engine.domain.errors import CaseError
from workstation.bridge import Bridge
from workstation.reading.case_state import CaseState
from workstation.reading.draft import draft_of, kept_reading
from workstation.words import tr

AFTER_MS = 1000


class Autosave(QObject):
    """Drafts on their way to the case database.

    Signals
    -------
    failed : (sentence) once, until a draft could be kept again.
    """

    failed = Signal(str)

    def __init__(self, bridge: Bridge, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.is_on = True
        self._bridge = bridge
        self._waiting: dict[str, CaseState] = {}
        self._told = False
        self._pause = QTimer(self, singleShot=True, interval=AFTER_MS)
        self._pause.timeout.connect(self.flush)

    def touched(self, state: CaseState) -> None:
        """Something was entered; it is kept when nothing more follows for a second."""
        if self.is_on:
            self._waiting[state.case.case_id] = state
            self._pause.start()

    def forget(self, state: CaseState) -> None:
        """A reading of the case is being saved, and takes its draft along."""
        self._waiting.pop(state.case.case_id, None)

    def flush(self) -> None:
        """Keep everything now."""
        self._pause.stop()
        waiting, self._waiting = self._waiting, {}
        for state in waiting.values():
            self._keep(state)

    def keep(self, states: Iterable[CaseState]) -> None:
        """Keep these at once, also when keeping is off."""
        for state in states:
            self._keep(state)

    def _keep(self, state: CaseState) -> None:
        name, draft = state.case.case_id, state.draft
        kept = kept_reading(draft, case_id=name, task=state.case.task)
        typed = draft.typed
        changed = draft != draft_of(state.case, state.saved)
        self._bridge.record(
            lambda store: store.save_draft(kept, typed) if changed else store.clear_draft(name),
            key=("draft", name),
            on_result=lambda _: self._worked(),
            on_error=self._tell,
        )

    def _worked(self) -> None:
        self._told = False

    def _tell(self, error: CaseError) -> None:
        if not self._told:
            self._told = True
            self.failed.emit(tr("What is being typed is not kept for now. {sentence}", sentence=error.sentence))
