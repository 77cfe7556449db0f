"""A figure with its 95 % interval."""

from __future__ import annotations

from dataclasses import dataclass
from math import nan

from engine.domain.proportion import Z95, Proportion

__all__ = ["Z95", "Figure", "proportion"]


@dataclass(frozen=True, kw_only=True)
class Figure:
    """One measured figure.

    Attributes
    ----------
    value : NaN where it is not defined, e.g. the sensitivity without a positive case.
    low, high : ends of the 95 % interval, None where none is computed.
    n : number of cases it rests on.
    """

    value: float
    low: float | None = None
    high: float | None = None
    n: int

    def as_table(self) -> dict[str, float | int | None]:
        """The form a model card and `metrics.json` hold: rounded to 6 places, None for what is not defined."""
        return {
            "value": _rounded(self.value),
            "low": _rounded(self.low),
            "high": _rounded(self.high),
            "n": self.n,
        }


def proportion(hits: int, n: int) -> Figure:
    """Share of hits with Wilson's score interval, see `engine.domain.proportion.Proportion`."""
    found = Proportion(hits, n)
    low, high = found.interval
    return Figure(value=nan if found.share is None else found.share, low=low, high=high, n=n)


def _rounded(value: float | None) -> float | None:
    return None if value is None or value != value else round(value, 6)
