"""Which scores of a batch run stay hidden because the reader has not read the case yet."""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from typing import Any

from PySide6.QtCore import QObject, Signal

from engine.domain.errors import CaseError
from engine.domain.sealing import Revelation, is_unseen
from engine.jobs import BatchLine
from workstation.bridge import Bridge
from workstation.words import tr


class SealedScores(QObject):
    """Asks the case database which cases are open, and writes down which ones were shown in the table.

    Until the database has answered, a case counts as sealed.

    Signals
    -------
    changed : other cases are open; seen : (frozenset of case ids) their scores were shown, and that is on the disk.
    failed : (sentence) the scores stay hidden.
    """

    changed = Signal()
    seen = Signal(object)
    failed = Signal(str)

    def __init__(self, bridge: Bridge, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._bridge = bridge
        self._numbers = itertools.count()
        self._open: set[str] = set()
        self.is_on = False

    def set_on(self, on: bool, shown: Iterable[BatchLine] = (), model: str = "") -> None:
        """Hide what is not read yet, or nothing; `shown` was on screen until now."""
        if on == self.is_on:
            return
        self.is_on = on
        self.changed.emit()
        if on:
            self.note_seen(shown, model)

    def is_sealed(self, case_id: str) -> bool:
        """True while the score of this case must not be on screen."""
        return self.is_on and case_id not in self._open

    def forget(self) -> None:
        """The case database is another one: nothing is known of it."""
        self._open.clear()
        self.changed.emit()

    def look(self, case_ids: Iterable[str]) -> None:
        """Ask for those of these cases that are not open; one that was read meanwhile opens."""
        asked = sorted({name for name in case_ids if name and self.is_sealed(name)})
        if asked:
            self._bridge.record(
                lambda store: open_cases(store, asked),
                key=("open cases", next(self._numbers)),
                on_result=self._opened,
                on_error=lambda error: None,  # they stay sealed
            )

    def note_seen(self, lines: Iterable[BatchLine], model: str = "") -> None:
        """Write down that these scores are seen, and open them when that is on the disk."""
        answers = [answer for line in lines if (answer := _answer(line, model)) is not None]
        sealed = [answer for answer in answers if answer.case_id not in self._open]
        if sealed:
            names = frozenset(answer.case_id for answer in sealed)
            self._bridge.record(
                lambda store: store.note_seen(sealed),
                key=("seen", next(self._numbers)),
                on_result=lambda _: self._noted(names),
                on_error=self._not_noted,
            )

    def _opened(self, names: frozenset[str]) -> None:
        if names - self._open:
            self._open |= names
            self.changed.emit()

    def _noted(self, names: frozenset[str]) -> None:
        self.seen.emit(names)
        self._opened(names)

    def _not_noted(self, error: CaseError) -> None:
        self.failed.emit(tr("The scores stay sealed. {sentence}", sentence=error.sentence))


def open_cases(store: Any, names: list[str]) -> frozenset[str]:
    """Those whose score may be shown; runs in the records' thread."""
    histories, shown = store.histories(names), store.revelations(names)
    return frozenset(name for name in names if not is_unseen(histories.get(name, ()), shown=name in shown))


def _answer(line: BatchLine, model: str) -> Revelation | None:
    if line.probability is None or not line.case_id:
        return None
    return Revelation(
        case_id=line.case_id,
        probability=line.probability,
        threshold=line.threshold,
        model=model,
        model_sha256="",  # the run's own record, run.json, holds it
    )
