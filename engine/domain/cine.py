"""The timing of a moving picture, and which of its frames is due: time decides, so a slow screen drops frames."""

from __future__ import annotations

import math
from bisect import bisect_right
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import accumulate

_ROUNDING_MS = 1e-6
"""A moment this close before a change of frames counts as the change; the clock's own rounding is smaller."""


@dataclass(frozen=True, kw_only=True)
class CineTiming:
    """How long each frame of a file stays on screen.

    Attributes
    ----------
    frame_times_ms : one per frame, finite and positive.
    source : which element says so, for the screen: "FrameTime 33.3 ms", "no timing in the file: 30 frames/s".
    sweep : forwards and backwards in turn instead of from the start again (PreferredPlaybackSequencing,
        PS3.3 C.7.6.5).
    """

    frame_times_ms: tuple[float, ...]
    source: str
    sweep: bool = False

    def __post_init__(self) -> None:
        if not self.frame_times_ms or not all(math.isfinite(t) and t > 0 for t in self.frame_times_ms):
            raise ValueError("every frame needs a finite time of more than 0 ms")

    @property
    def n_frames(self) -> int:
        return len(self.frame_times_ms)

    @property
    def frames_per_s(self) -> float:
        """Mean rate of one pass."""
        return 1000.0 * self.n_frames / math.fsum(self.frame_times_ms)


@dataclass(frozen=True, kw_only=True)
class Playback:
    """A running cine, described by where it began; it holds no clock and is never changed.

    Attributes
    ----------
    began_ms : place in the round (forwards, and backwards for a sweep) at the start of the clock.
    speed : 1 is the file's own timing, 0.5 half as fast.
    """

    timing: CineTiming
    began_ms: float = 0.0
    speed: float = 1.0

    def __post_init__(self) -> None:
        if not (math.isfinite(self.began_ms) and self.began_ms >= 0 and math.isfinite(self.speed) and self.speed > 0):
            raise ValueError("a cine runs from a place of 0 ms or later at a speed above 0")

    @classmethod
    def from_frame(cls, timing: CineTiming, frame: int, speed: float = 1.0) -> Playback:
        """Begin at a frame, forwards."""
        return cls(timing=timing, began_ms=math.fsum(timing.frame_times_ms[:frame]), speed=speed)

    def at_speed(self, elapsed_s: float, speed: float) -> Playback:
        """The same cine going on from here at another speed; its clock starts at 0 again."""
        return replace(self, began_ms=math.fmod(self._place_ms(elapsed_s), self._ends_ms[-1]), speed=speed)

    def frame_at(self, elapsed_s: float) -> int:
        """Index of the frame to be shown `elapsed_s` after the start, whatever was shown before."""
        return self._order[self._turn(elapsed_s) % len(self._order)]

    def step_at(self, elapsed_s: float) -> int:
        """Changes of frames since the start; with `Tally` it tells how many were never shown."""
        return self._turn(elapsed_s) - self._turn(0.0)

    def seconds_to_next(self, elapsed_s: float) -> float:
        """Wall-clock time until another frame is due: when to look again."""
        place = math.fmod(self._place_ms(elapsed_s), self._ends_ms[-1])
        end = self._ends_ms[self._turn(elapsed_s) % len(self._order)]
        return max((end - place) / 1000.0 / self.speed, 0.0)

    @cached_property
    def _order(self) -> tuple[int, ...]:
        """Frames of one round: 0 .. n-1, and for a sweep back to 1 (neither end is shown twice in a row)."""
        n = self.timing.n_frames
        return (*range(n), *range(n - 2, 0, -1)) if self.timing.sweep else tuple(range(n))

    @cached_property
    def _ends_ms(self) -> tuple[float, ...]:
        return tuple(accumulate(self.timing.frame_times_ms[frame] for frame in self._order))

    def _place_ms(self, elapsed_s: float) -> float:
        return self.began_ms + max(elapsed_s, 0.0) * 1000.0 * self.speed

    def _turn(self, elapsed_s: float) -> int:
        """Number of the frame in an endless row of rounds."""
        rounds, place = divmod(self._place_ms(elapsed_s) + _ROUNDING_MS, self._ends_ms[-1])
        return int(rounds) * len(self._order) + min(bisect_right(self._ends_ms, place), len(self._order) - 1)


@dataclass(frozen=True, kw_only=True)
class Tally:
    """Frames shown and dropped since a cine began.

    Attributes
    ----------
    step : `Playback.step_at` of the frame on screen.
    """

    step: int = 0
    shown: int = 1
    dropped: int = 0

    def after(self, step: int) -> Tally:
        """The tally once the frame of `step` is on screen; the same step again counts nothing."""
        if step <= self.step:
            return self
        return Tally(step=step, shown=self.shown + 1, dropped=self.dropped + step - self.step - 1)

    @property
    def dropped_share(self) -> float:
        """Dropped frames as a part of all that were due."""
        return self.dropped / (self.shown + self.dropped)
