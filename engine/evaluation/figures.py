"""A figure with its 95 % interval, and Wilson's interval for proportions."""

from __future__ import annotations

from dataclasses import dataclass
from math import nan, sqrt

Z95 = 1.959963984540054
"""Two-sided 95 % quantile of the normal distribution."""


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
    """Share of hits with Wilson's score interval (Wilson 1927), which stays inside [0, 1]."""
    if n == 0:
        return Figure(value=nan, low=0.0, high=1.0, n=0)
    share = hits / n
    centre = (share + Z95**2 / (2 * n)) / (1 + Z95**2 / n)
    half = Z95 / (1 + Z95**2 / n) * sqrt(share * (1 - share) / n + Z95**2 / (4 * n**2))
    return Figure(value=share, low=max(0.0, centre - half), high=min(1.0, centre + half), n=n)


def _rounded(value: float | None) -> float | None:
    return None if value is None or value != value else round(value, 6)
