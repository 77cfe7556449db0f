"""Plays the frames of one picture: says which frame is due, and counts what was shown and dropped."""

from __future__ import annotations

import time

from PySide6.QtCore import QObject, Qt, QTimer, Signal

from engine.domain.case import UltrasoundImage
from engine.domain.cine import Tally
from workstation.viewing.loop import Loop, cine_text, other_speed, timing_of


class CinePlayer(QObject):
    """Speed and direction outlast the picture; the loop ends with it.

    Signals
    -------
    due : (index) this frame belongs on screen now; asked again until it is another one.
    """

    due = Signal(int)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._loop: Loop | None = None
        self._last_tally = Tally()
        self._speed, self._sweep = 1.0, False
        self._ticks = QTimer(self, singleShot=True, timerType=Qt.TimerType.PreciseTimer)
        self._ticks.timeout.connect(self._tick)

    @property
    def is_on(self) -> bool:
        return self._loop is not None

    @property
    def tally(self) -> Tally:
        """Frames shown and dropped since the cine runs, or while it ran last."""
        return self._loop.tally if self._loop is not None else self._last_tally

    def take(self, image: UltrasoundImage | None) -> None:
        """Another picture: it is not played, and goes the way its file says."""
        self.stop()
        self._sweep = image is not None and timing_of(image).sweep

    def play(self, image: UltrasoundImage, index: int) -> None:
        """From this frame on."""
        self._loop = Loop(timing_of(image), index, clock=time.monotonic, speed=self._speed, sweep=self._sweep)
        self._ticks.start(0)

    def stop(self) -> None:
        self._ticks.stop()
        self._last_tally, self._loop = self.tally, None

    def has_shown(self) -> None:
        """The frame that was due is on screen."""
        if self._loop is not None:
            self._loop.has_shown()

    def change_speed(self, step: int) -> None:
        """Slower (-1) or faster (1), 0.25 to 2 times the file's own timing."""
        self._speed = other_speed(self._speed, step)
        if self._loop is not None:
            self._loop.set_speed(self._speed)

    def toggle_sweep(self) -> None:
        """Round and round, or back and forth, from the next `play` on."""
        self._sweep = not self._sweep

    def words(self, image: UltrasoundImage) -> str:
        """Where the timing comes from, and speed and direction where they are not the usual ones."""
        return cine_text(timing_of(image), self._speed, sweep=self._sweep)

    def _tick(self) -> None:
        if self._loop is not None:
            self.due.emit(self._loop.due())
            if self._loop is not None:  # nobody stopped it meanwhile
                self._ticks.start(int(self._loop.wait_s() * 1000) + 1)
