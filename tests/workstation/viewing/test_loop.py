"""A cine under a clock that the test turns."""

from __future__ import annotations

import pytest

from engine.domain.cine import CineTiming
from tests.workstation.reading.cases import image
from workstation.viewing.loop import SPEEDS, Loop, cine_text, other_speed, timing_of

TIMING = CineTiming(frame_times_ms=(100.0,) * 5, source="FrameTime 100.0 ms")


class Clock:
    now = 50.0

    def __call__(self) -> float:
        return self.now


def test_the_clock_decides_and_late_frames_are_dropped() -> None:
    clock = Clock()
    loop = Loop(TIMING, 3, clock=clock)
    assert loop.due() == 3
    clock.now += 0.25
    assert loop.due() == 0  # round the end
    loop.has_shown()
    assert (loop.tally.shown, loop.tally.dropped) == (2, 1)
    assert loop.wait_s() == pytest.approx(0.05)


def test_half_speed_goes_on_from_the_frame_on_screen() -> None:
    clock = Clock()
    loop = Loop(TIMING, 0, clock=clock)
    clock.now += 0.2
    loop.set_speed(0.5)
    assert loop.due() == 2
    clock.now += 0.2
    assert loop.due() == 3


def test_back_and_forth() -> None:
    clock = Clock()
    loop = Loop(TIMING, 3, clock=clock, sweep=True)
    seen = []
    for _ in range(4):
        seen.append(loop.due())
        clock.now += 0.1
    assert seen == [3, 4, 3, 2]


def test_speeds_end_at_a_quarter_and_twice() -> None:
    assert other_speed(1.0, 1) == 1.5 and other_speed(2.0, 1) == 2.0 and other_speed(SPEEDS[0], -1) == 0.25


def test_the_source_of_the_timing_is_always_said() -> None:
    assert cine_text(TIMING, 1.0, sweep=False) == "FrameTime 100.0 ms"
    assert cine_text(TIMING, 0.25, sweep=True) == "FrameTime 100.0 ms · 0.25x · back and forth"
    assert "no timing in the file" in timing_of(image("bmode", "1", n_frames=4)).source
    assert timing_of(image("bmode", "1", n_frames=5, timing=TIMING)) is TIMING
