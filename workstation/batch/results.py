"""The table of results: sorted, filtered, counted. No Qt."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from engine.domain.task import Task
from engine.jobs import BatchLine

STATUSES = ("scored", "failed", "skipped")
CASE, STATUS, PROBABILITY, PREDICTED, FILE, REASON = range(6)

_KEYS: dict[int, Callable[[BatchLine], Any]] = {
    CASE: lambda line: line.patient_id or line.case_id,
    STATUS: lambda line: STATUSES.index(line.status),
    PROBABILITY: lambda line: line.probability,
    PREDICTED: lambda line: line.predicted,
    FILE: lambda line: line.file,
    REASON: lambda line: line.reason,
}


def headings(task: Task) -> tuple[str, ...]:
    """One per column."""
    of = task.positive_class if task.is_binary else "the class"
    return ("Case", "Status", f"Probability of {of}", "Answer", "File", "Reason or note")


class ResultTable:
    """Lines of a run, in the order of the study until sorted otherwise.

    Attributes
    ----------
    visible : the lines that pass the filter, in the chosen order.
    """

    def __init__(self) -> None:
        self._lines: dict[int, BatchLine] = {}
        self._words = ""
        self._status = ""
        self._order: tuple[int, bool] | None = None
        self.visible: list[BatchLine] = []

    def clear(self) -> None:
        self._lines.clear()
        self._refresh()

    def add(self, lines: Iterable[tuple[int, BatchLine]]) -> None:
        """Lines with the numbers of their cases, in any order; a number that is there is replaced."""
        self._lines.update(lines)
        self._refresh()

    def replace(self, lines: Iterable[BatchLine]) -> None:
        """The whole table, in the order of the study."""
        self._lines = dict(enumerate(lines))
        self._refresh()

    def filter(self, words: str = "", status: str = "") -> None:
        """Show lines that hold every one of these words, and of this status; "" = of any."""
        self._words, self._status = words, status
        self._refresh()

    def sort(self, column: int | None, *, descending: bool = False) -> None:
        """By one column; None = the order of the study. Empty cells come last either way."""
        self._order = None if column is None else (column, descending)
        self._refresh()

    def count(self, status: str = "") -> int:
        """Lines of this status in the whole table; "" = all."""
        return sum(not status or line.status == status for line in self._lines.values())

    def __len__(self) -> int:
        return len(self._lines)

    def summary(self) -> str:
        """The counts in words, and how many are shown when some are not."""
        counts = ", ".join(f"{self.count(s)} {s}" for s in STATUSES if self.count(s))
        hidden = len(self) - len(self.visible)
        return f"{counts} — {len(self.visible)} shown" if hidden else counts

    def _refresh(self) -> None:
        lines = [self._lines[number] for number in sorted(self._lines)]
        words = self._words.lower().split()
        self.visible = [line for line in lines if self._passes(line, words)]
        if self._order is not None:
            column, descending = self._order
            key = _KEYS[column]
            there = [line for line in self.visible if key(line) not in (None, "")]
            empty = [line for line in self.visible if key(line) in (None, "")]
            self.visible = sorted(there, key=key, reverse=descending) + empty

    def _passes(self, line: BatchLine, words: list[str]) -> bool:
        if self._status and line.status != self._status:
            return False
        text = " ".join((*cells(line), line.case_id)).lower()
        return all(word in text for word in words)


def cells(line: BatchLine) -> tuple[str, ...]:
    """What stands in the columns."""
    probability = "" if line.probability is None else f"{line.probability * 100:.1f} %"
    return (line.patient_id or line.case_id or "—", line.status, probability, line.predicted, line.file, line.reason)
