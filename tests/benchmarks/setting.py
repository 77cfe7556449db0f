"""How large a run is, and where its files lie."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

SIZES = ("minimal", "quick", "full")


@dataclass(frozen=True, kw_only=True)
class Setting:
    """What every row is given.

    Attributes
    ----------
    size : "full" is what the bounds are meant for; "quick" takes a minute or two; "minimal" only shows that it runs.
    folder : for studies and models; those that exist are used again.
    """

    size: str
    folder: Path
    made: dict[str, object] = field(default_factory=dict)

    def pick(self, minimal: int, quick: int, full: int) -> int:
        """A number for this size."""
        return (minimal, quick, full)[SIZES.index(self.size)]


def alternating(candidates: Mapping[str, Callable[[], object]], rounds: int) -> dict[str, float]:
    """Median seconds of each; they take turns, so that whatever else the machine does meets all alike."""
    seconds: dict[str, list[float]] = {name: [] for name in candidates}
    for turn in range(rounds):
        for name in list(candidates)[:: -1 if turn % 2 else 1]:
            start = time.perf_counter()
            candidates[name]()
            seconds[name].append(time.perf_counter() - start)
    return {name: statistics.median(values) for name, values in seconds.items()}
