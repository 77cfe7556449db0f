"""The table of results: sorted, filtered, counted. No Qt."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from engine.domain.task import Task
from engine.jobs import BatchLine
from workstation.words import later, tr

STATUSES = (later("scored"), later("failed"), later("skipped"))
SEALED = later("sealed")
"""Stands in the place of a probability that the reader has not earned yet."""
WHY_SEALED = later("Shown after your first reading")
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
    of = task.positive_class if task.is_binary else tr("the class")
    return (tr("Case"), tr("Status"), tr("Probability of {of}", of=of), tr("Answer"), tr("File"), tr("Reason or note"))


class ResultTable:
    """Lines of a run, in the order of the study until sorted otherwise.

    Attributes
    ----------
    visible : the lines that pass the filter, in the chosen order. What is sealed is neither found nor sorted by.
    """

    def __init__(self) -> None:
        self._lines: dict[int, BatchLine] = {}
        self._words = ""
        self._status = ""
        self._order: tuple[int, bool] | None = None
        self._is_sealed: Callable[[str], bool] = lambda case_id: False
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

    def seal(self, is_sealed: Callable[[str], bool]) -> None:
        """Hide the answers of the cases (by id) for which this is true."""
        self._is_sealed = is_sealed
        self._refresh()

    def is_hidden(self, line: BatchLine) -> bool:
        """This line has an answer, and it is not shown."""
        return line.probability is not None and self._is_sealed(line.case_id)

    @property
    def hidden(self) -> tuple[BatchLine, ...]:
        """Lines of the whole table whose answer is not shown."""
        return tuple(line for line in self._lines.values() if self.is_hidden(line))

    @property
    def lines(self) -> tuple[BatchLine, ...]:
        """The whole table."""
        return tuple(self._lines.values())

    def cells(self, line: BatchLine) -> tuple[str, ...]:
        """What stands in the columns."""
        return cells(line, sealed=self.is_hidden(line))

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
        counts = ", ".join(f"{self.count(s)} {tr(s)}" for s in STATUSES if self.count(s))
        hidden = len(self) - len(self.visible)
        return tr("{counts} — {shown} shown", counts=counts, shown=len(self.visible)) if hidden else counts

    def _refresh(self) -> None:
        lines = [self._lines[number] for number in sorted(self._lines)]
        words = self._words.lower().split()
        self.visible = [line for line in lines if self._passes(line, words)]
        if self._order is not None:
            column, descending = self._order
            key = _KEYS[column]
            there = [line for line in self.visible if not self._is_empty(line, column)]
            empty = [line for line in self.visible if self._is_empty(line, column)]
            self.visible = sorted(there, key=key, reverse=descending) + empty

    def _is_empty(self, line: BatchLine, column: int) -> bool:
        return _KEYS[column](line) in (None, "") or (column in (PROBABILITY, PREDICTED) and self.is_hidden(line))

    def _passes(self, line: BatchLine, words: list[str]) -> bool:
        if self._status and line.status != self._status:
            return False
        text = " ".join((*self.cells(line), line.case_id)).lower()
        return all(word in text for word in words)


def cells(line: BatchLine, *, sealed: bool = False) -> tuple[str, ...]:
    """What stands in the columns; `sealed` hides the answer."""
    probability = "" if line.probability is None else f"{line.probability * 100:.1f} %"
    case = line.patient_id or line.case_id or "—"
    if sealed:  # a note belongs to the answer, so it is not shown either
        return (case, tr(line.status), tr(SEALED), "", line.file, tr(WHY_SEALED))
    return (case, tr(line.status), probability, line.predicted, line.file, line.reason)
