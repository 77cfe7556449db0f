"""Opens the AI of a case after its sealed first reading: that it is shown is on the disk before it is."""

from __future__ import annotations

import itertools
from collections.abc import Iterable

from PySide6.QtCore import QObject, Signal

from engine.domain.errors import CaseError
from workstation.bridge import Bridge
from workstation.reading.case_state import CaseState
from workstation.words import tr


class Unsealing(QObject):
    """Signals
    -------
    opened : (CaseState) its AI may be shown from now on; trouble : (sentence).
    """

    opened = Signal(object)
    trouble = Signal(str)

    def __init__(self, bridge: Bridge, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._bridge = bridge
        self._numbers = itertools.count()
        self._writing: set[str] = set()

    def forget(self) -> None:
        """Another folder is open."""
        self._writing.clear()

    def look(self, state: CaseState) -> None:
        """Open the AI of this case where that is due."""
        revelation = state.revelation() if state.to_reveal else None
        if revelation is not None and state.case.case_id not in self._writing:
            self._writing.add(state.case.case_id)
            self._bridge.record(
                lambda store: store.reveal(revelation),
                key=("reveal", next(self._numbers)),
                on_result=lambda _: self._is_open(state),
                on_error=lambda error: self._not_open(state, error),
            )
        elif state.may_show_ai and state.is_scored and state.sealed:
            state.ai_shown = True

    def note_seen(self, states: Iterable[CaseState]) -> None:
        """What could be on screen without sealing stays known over a restart."""
        seen = [state.revelation() for state in states if state.has_seen_ai and not state.ai_shown]
        answers = [answer for answer in seen if answer is not None]
        if answers:
            self._bridge.record(
                lambda store: store.note_seen(answers),
                key=("seen", next(self._numbers)),
                on_result=lambda _: None,
                on_error=lambda error: self.trouble.emit(error.sentence),
            )

    def _is_open(self, state: CaseState) -> None:
        self._writing.discard(state.case.case_id)
        state.ai_shown = True
        self.opened.emit(state)

    def _not_open(self, state: CaseState, error: CaseError) -> None:
        self._writing.discard(state.case.case_id)
        self.trouble.emit(tr("Your reading is saved; the AI stays hidden for now. {sentence}", sentence=error.sentence))
