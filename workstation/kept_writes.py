"""Writes to the case database that are tried again until they are on the disk: nothing that was entered is dropped."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QObject, QTimer, Signal

from engine.domain.errors import CaseError
from workstation.bridge import Bridge

RETRY_MS = 5000

Work = Callable[[Any], Any]


class KeptWrites(QObject):
    """One write per name: a newer one takes the place of the older one, which it replaces in the database, too.

    Parameters
    ----------
    kind : tells these writes from others.

    Signals
    -------
    failed : (CaseError) once, until something could be kept again.

    Attributes
    ----------
    why : what the disk said last, "" when it took the last write.
    """

    failed = Signal(object)

    def __init__(self, bridge: Bridge, kind: str, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.why = ""
        self._bridge, self._kind = bridge, kind
        self._writes: dict[str, Work] = {}
        self._asked: set[str] = set()
        self._again = QTimer(self, singleShot=True, interval=RETRY_MS)
        self._again.timeout.connect(self.retry)

    @property
    def pending(self) -> frozenset[str]:
        """Names of what is not known to be on the disk."""
        return frozenset(self._writes)

    def put(self, name: str, work: Work) -> None:
        """Write it now, and again until it is kept; `work` gets the `ReadingStore`."""
        self._writes[name] = work
        self._ask(name)

    def retry(self) -> None:
        """Try now what the disk refused before."""
        for name in self._writes.keys() - self._asked:
            self._ask(name)

    def forget(self, name: str) -> None:
        """It need not be written any more."""
        self._writes.pop(name, None)
        self._asked.discard(name)

    def clear(self) -> None:
        """Nothing of it need be written any more."""
        for name in list(self._writes):
            self.forget(name)

    def _ask(self, name: str) -> None:
        work = self._writes[name]
        self._asked.add(name)
        self._bridge.record(
            work,
            key=(self._kind, name),
            on_result=lambda _: self._is_kept(name, work),
            on_error=lambda error: self._is_refused(name, work, error),
        )

    def _is_kept(self, name: str, work: Work) -> None:
        self.why = ""
        if self._writes.get(name) is work:
            self.forget(name)

    def _is_refused(self, name: str, work: Work, error: CaseError) -> None:
        if self._writes.get(name) is not work:
            return
        self._asked.discard(name)
        self._again.start()
        told, self.why = self.why, error.sentence
        if not told:
            self.failed.emit(error)
