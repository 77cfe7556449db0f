"""What a row of the table says, and how it is written down."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from tests.benchmarks.setting import Setting


@dataclass(frozen=True, kw_only=True)
class Figure:
    """One measured number against its bound.

    Attributes
    ----------
    measured : in `unit`; None for what is not built yet.
    yardstick : measured in the same run, in the same unit; the ratio of the two is what is bound. None: `measured` is.
    bound : of the ratio, or of `measured`; at_least: it is a lower bound.
    note : what the numbers stand for.
    """

    what: str
    measured: float | None
    unit: str
    bound: float
    yardstick: float | None = None
    at_least: bool = False
    note: str = ""

    @property
    def value(self) -> float | None:
        """What is compared with the bound."""
        if self.measured is None:
            return None
        return self.measured if self.yardstick is None else self.measured / self.yardstick

    @property
    def passed(self) -> bool | None:
        if self.value is None:
            return None
        return self.value >= self.bound if self.at_least else self.value <= self.bound


@dataclass(frozen=True, kw_only=True)
class Row:
    """A measurement that can be asked for by name; it gives one or more figures."""

    name: str
    run: Callable[[Setting], Sequence[Figure]]


def not_built(what: str, bound: float, unit: str, why: str) -> Figure:
    """Stands in the table until the part exists."""
    return Figure(what=what, measured=None, unit=unit, bound=bound, note=why)


HEADS = ("What", "Measured", "Yardstick", "Ratio", "Bound", "", "Note")


def markdown(figures: Sequence[Figure]) -> str:
    """The table."""
    rows = [HEADS, *(_cells(f) for f in figures)]
    widths = [max(3, *(len(r[i]) for r in rows)) for i in range(len(HEADS))]
    lines = ["| " + " | ".join(c.ljust(w) for c, w in zip(r, widths, strict=True)) + " |" for r in rows]
    lines.insert(1, "|" + "|".join("-" * (w + 2) for w in widths) + "|")
    return "\n".join(lines)


def _cells(figure: Figure) -> tuple[str, ...]:
    sign = ">=" if figure.at_least else "<="
    of_ratio = figure.yardstick is not None
    return (
        figure.what,
        _number(figure.measured, figure.unit),
        _number(figure.yardstick, figure.unit),
        _number(figure.value, "") if of_ratio else "",
        f"{sign} {_number(figure.bound, '' if of_ratio or figure.measured is None else figure.unit)}",
        {True: "pass", False: "FAIL", None: "not built"}[figure.passed],
        figure.note,
    )


def _number(value: float | None, unit: str) -> str:
    return (
        "" if value is None else f"{value:.3g} {unit}".strip() if abs(value) < 1000 else f"{value:.0f} {unit}".strip()
    )
