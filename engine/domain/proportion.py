"""A count out of a number of cases, with its uncertainty."""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt

Z95 = 1.959963984540054
"""Two-sided 95 % quantile of the normal distribution."""


@dataclass(frozen=True)
class Proportion:
    """`hits` of `n` cases with Wilson's score interval (Wilson 1927, JASA 22:209), which stays inside [0, 1]."""

    hits: int
    n: int

    def __post_init__(self) -> None:
        if not 0 <= self.hits <= self.n:
            raise ValueError(f"{self.hits} of {self.n} is no proportion")

    @property
    def share(self) -> float | None:
        """None without cases."""
        return self.hits / self.n if self.n else None

    @property
    def interval(self) -> tuple[float, float]:
        """95 % interval; (0, 1) without cases."""
        if not self.n:
            return 0.0, 1.0
        share = self.hits / self.n
        centre = (share + Z95**2 / (2 * self.n)) / (1 + Z95**2 / self.n)
        half = Z95 / (1 + Z95**2 / self.n) * sqrt(share * (1 - share) / self.n + Z95**2 / (4 * self.n**2))
        return max(0.0, centre - half), min(1.0, centre + half)

    def __str__(self) -> str:
        if self.share is None:
            return "no cases"
        low, high = self.interval
        return (
            f"{self.hits} of {self.n} ({self.share * 100:.0f} %, 95 % interval {low * 100:.0f} to {high * 100:.0f} %)"
        )
