"""How far the writing of a report is: each part is told before it is made."""

from __future__ import annotations

from collections.abc import Callable

Progress = Callable[[int, int, str], None]
"""Called with (parts done, parts in all, what is being made now)."""


class Parts:
    """Counts the parts of one phase, whose number is known beforehand."""

    def __init__(self, total: int, on_progress: Progress | None) -> None:
        self._done, self._total = 0, total
        self._on_progress = on_progress

    def begin(self, words: str) -> None:
        """The next part, and that all before it are done."""
        self._tell(words)
        self._done += 1

    def end(self, words: str) -> None:
        """All are done, also those that there was nothing to make of."""
        self._done = self._total
        self._tell(words)

    def _tell(self, words: str) -> None:
        if self._on_progress is not None:
            self._on_progress(min(self._done, self._total), self._total, words)
