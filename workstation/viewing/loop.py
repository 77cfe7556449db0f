"""A cine that runs: which frame is due now, at what speed, what was dropped. The clock is given to it. No Qt."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from engine.domain.case import UltrasoundImage
from engine.domain.cine import CineTiming, Playback, Tally
from workstation.words import tr

SPEEDS = (0.25, 0.5, 1.0, 1.5, 2.0)
ASSUMED_FRAMES_PER_S = 30
SHORTEST_WAIT_S = 0.001


class Loop:
    """A running cine.

    Parameters
    ----------
    clock : seconds, ever rising.
    """

    def __init__(
        self, timing: CineTiming, frame: int, *, clock: Callable[[], float], speed: float = 1.0, sweep: bool = False
    ) -> None:
        self._clock = clock
        self._playback = Playback.from_frame(replace(timing, sweep=sweep), frame, speed)
        self._began = clock()
        self.tally = Tally()

    @property
    def speed(self) -> float:
        return self._playback.speed

    def due(self) -> int:
        """Index of the frame that belongs on screen now."""
        return self._playback.frame_at(self._elapsed)

    def wait_s(self) -> float:
        """Until another frame is due."""
        return max(self._playback.seconds_to_next(self._elapsed), SHORTEST_WAIT_S)

    def set_speed(self, speed: float) -> None:
        self._playback = self._playback.at_speed(self._elapsed, speed)
        self._began, self.tally = self._clock(), Tally()

    def has_shown(self) -> None:
        """The frame that was due is on screen."""
        self.tally = self.tally.after(self._playback.step_at(self._elapsed))

    @property
    def _elapsed(self) -> float:
        return self._clock() - self._began


def timing_of(image: UltrasoundImage) -> CineTiming:
    """The file's own timing, else 30 frames a second."""
    if image.timing is not None and image.timing.n_frames == image.n_frames:
        return image.timing
    rate = ASSUMED_FRAMES_PER_S
    return CineTiming(
        frame_times_ms=(1000 / rate,) * image.n_frames, source=tr("no timing in the file: {rate} frames/s", rate=rate)
    )


def other_speed(speed: float, step: int) -> float:
    """The next slower (-1) or faster (1) speed."""
    nearest = min(range(len(SPEEDS)), key=lambda i: abs(SPEEDS[i] - speed))
    return SPEEDS[min(max(nearest + step, 0), len(SPEEDS) - 1)]


def cine_text(timing: CineTiming, speed: float, *, sweep: bool) -> str:
    """How the cine runs, for the screen: always with the source of its timing."""
    parts = [timing.source]
    if speed != 1.0:
        parts.append(tr("{speed:g}x", speed=speed))
    if sweep:
        parts.append(tr("back and forth"))
    return " · ".join(parts)
