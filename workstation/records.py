"""The case database in a thread of its own: the window never waits for a disk."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from engine.domain.errors import CaseError
from engine.jobs import Ticket, Worker

if TYPE_CHECKING:
    from engine.store import ReadingStore


class Records:
    """Opens the `ReadingStore` when it is first needed, in its own thread, and does one thing after another."""

    def __init__(self) -> None:
        self._worker = Worker("records")
        self._store: ReadingStore | None = None

    def ask(
        self,
        work: Callable[[ReadingStore], Any],
        *,
        key: object,
        on_result: Callable[[Any], None],
        on_error: Callable[[CaseError], None],
    ) -> Ticket:
        """Do `work` with the store. Give each saving a key of its own: nothing that saves may be replaced."""
        return self._worker.submit(lambda ticket: work(self._opened()), key=key, on_result=on_result, on_error=on_error)

    def settle(self, timeout_s: float) -> bool:
        """Wait until everything asked for so far is done; False when that takes longer."""
        last = self._worker.submit(
            lambda ticket: None, key="settle", on_result=lambda _: None, on_error=lambda _: None, priority=9
        )
        return last.done.wait(timeout_s)

    def close(self, timeout_s: float = 2.0) -> None:
        """Finish what was asked for, then let go of the file."""
        last = self._worker.submit(
            lambda ticket: self._let_go(), key="close", on_result=lambda _: None, on_error=lambda _: None, priority=9
        )
        last.done.wait(timeout_s)
        self._worker.close(0.5)

    def _opened(self) -> ReadingStore:
        if self._store is None:
            from engine.store import ReadingStore  # SQLAlchemy takes a while to import, so not before the first paint

            self._store = ReadingStore()
        return self._store

    def _let_go(self) -> None:
        if self._store is not None:
            self._store.close()
            self._store = None
