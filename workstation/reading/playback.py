"""Which frame of a loop is due: time decides, so a slow screen drops frames and never slows the loop down."""

from __future__ import annotations

from dataclasses import dataclass

ASSUMED_FRAMES_PER_S = 30.0


@dataclass(frozen=True, kw_only=True)
class Playback:
    """A loop that was started.

    Attributes
    ----------
    first : frame that was on screen at the start.
    started_s : clock at the start.
    source : where the rate comes from, said on screen.
    """

    n_frames: int
    first: int
    started_s: float
    frames_per_s: float = ASSUMED_FRAMES_PER_S
    source: str = "assumed"

    def due(self, now_s: float) -> int:
        """Index of the frame to be shown now."""
        return (self.first + int((now_s - self.started_s) * self.frames_per_s)) % self.n_frames

    def __str__(self) -> str:
        return f"{self.frames_per_s:.0f} frames/s, {self.source}"
