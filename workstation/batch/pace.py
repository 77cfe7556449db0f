"""How fast a run goes and how long it still takes. No Qt."""

from __future__ import annotations

from collections import deque

from workstation.words import tr

WINDOW_S = 30.0
"""Seconds over which the rate is taken, so that it follows what is slow now."""
QUIET_S = 20.0
"""Seconds without a step after which it is said that nothing moves."""


class Pace:
    """Takes every step with its time, in seconds of any clock that only goes forward."""

    def __init__(self) -> None:
        self._steps: deque[tuple[float, int]] = deque()
        self._total = 0

    def restart(self) -> None:
        """Another phase begins."""
        self._steps.clear()
        self._total = 0

    def step(self, done: int, total: int, now_s: float) -> None:
        """`done` of `total` at this moment; a count that falls or another total begins a new phase."""
        if self._steps and (done < self._steps[-1][1] or total != self._total):
            self.restart()
        self._total = total
        if self._steps and done == self._steps[-1][1] and len(self._steps) > 1:
            return
        self._steps.append((now_s, done))
        while len(self._steps) > 2 and now_s - self._steps[0][0] > WINDOW_S:
            self._steps.popleft()

    @property
    def rate(self) -> float | None:
        """Steps per second; None while it cannot be told."""
        if len(self._steps) < 2:
            return None
        (start, first), (end, last) = self._steps[0], self._steps[-1]
        return (last - first) / (end - start) if end > start and last > first else None

    def words(self, now_s: float) -> str:
        """Rate and time left, e.g. "3.2 cases/s, 2 min left"; empty while it cannot be told."""
        if self._steps and now_s - self._steps[-1][0] > QUIET_S:
            return tr("nothing new for {seconds:.0f} s", seconds=now_s - self._steps[-1][0])
        rate = self.rate
        if rate is None:
            return ""
        left_s = max(0.0, (self._total - self._steps[-1][1]) / rate - (now_s - self._steps[-1][0]))
        pace = tr("{rate:.1f} cases/s", rate=rate) if rate >= 1 else tr("{seconds:.1f} s a case", seconds=1 / rate)
        return tr("{pace}, {duration} left", pace=pace, duration=duration(left_s))


def duration(seconds: float) -> str:
    """A time as a person says it: "8 s", "2 min", "1 h 20 min"."""
    if seconds < 60:
        return tr("{seconds:.0f} s", seconds=seconds)
    minutes = round(seconds / 60)
    return (
        tr("{minutes} min", minutes=minutes)
        if minutes < 60
        else tr("{hours} h {minutes} min", hours=minutes // 60, minutes=minutes % 60)
    )
