"""Playing at the file's own time: what is due, whatever the screen manages to show."""

from __future__ import annotations

import math
from itertools import cycle, islice

import pytest

from engine.domain.cine import CineTiming, Playback, Tally

UNEVEN = CineTiming(frame_times_ms=(10.0, 20.0, 30.0, 40.0), source="test")


def written_out(order: list[int], milliseconds: int) -> list[int]:
    """Frame in every millisecond, by laying the frames of `UNEVEN` one after the other."""
    return list(islice((f for f in cycle(order) for _ in range(int(UNEVEN.frame_times_ms[f]))), milliseconds))


@pytest.mark.parametrize(("sweep", "order"), [(False, [0, 1, 2, 3]), (True, [0, 1, 2, 3, 2, 1])])
def test_each_frame_stays_as_long_as_the_file_says(sweep: bool, order: list[int]) -> None:
    timing = CineTiming(frame_times_ms=UNEVEN.frame_times_ms, source="test", sweep=sweep)
    playback = Playback(timing=timing)
    shown = [playback.frame_at((ms + 0.5) / 1000) for ms in range(1000)]
    assert shown == written_out(order, 1000)


def test_the_change_itself_already_shows_the_next_frame_also_after_an_hour() -> None:
    playback = Playback(timing=CineTiming(frame_times_ms=(100 / 3,) * 30, source="test"))
    for step in (1, 2, 3, 29, 30, 31, 108_000):
        assert playback.frame_at(step / 30) == step % 30
        assert playback.step_at(step / 30) == step


def test_a_slow_screen_drops_frames_and_stays_in_time() -> None:
    playback = Playback(timing=CineTiming(frame_times_ms=(20.0,) * 50, source="test"))  # 50 a second
    tally = Tally()
    for look in range(1, 101):  # 20 a second, for 5 seconds
        tally = tally.after(playback.step_at(look * 0.05))
    assert playback.frame_at(5.0) == 250 % 50
    assert (tally.shown, tally.dropped) == (101, 150)
    assert tally.dropped_share == pytest.approx(150 / 251)


def test_a_fast_screen_drops_nothing() -> None:
    playback = Playback(timing=UNEVEN)
    tally = Tally()
    for look in range(1, 5000):
        tally = tally.after(playback.step_at(look * 0.001))
    assert tally.dropped == 0
    assert tally.step == tally.shown - 1 == 4999 // 100 * 4 + 3


@pytest.mark.parametrize("sweep", [False, True])
def test_another_speed_goes_on_from_the_same_place(sweep: bool) -> None:
    timing = CineTiming(frame_times_ms=UNEVEN.frame_times_ms, source="test", sweep=sweep)
    normal = Playback(timing=timing)
    slow = normal.at_speed(0.333, 0.25)
    for later_s in (0.0, 0.01, 0.1, 0.5, 2.0):
        assert slow.frame_at(later_s) == normal.frame_at(0.333 + later_s * 0.25)
    assert slow.step_at(0.0) == 0


def test_from_a_frame_and_when_to_look_again() -> None:
    playback = Playback.from_frame(UNEVEN, 2)
    assert playback.frame_at(0.0) == 2
    assert playback.seconds_to_next(0.0) == pytest.approx(0.030)
    assert playback.seconds_to_next(0.029) == pytest.approx(0.001)
    assert playback.frame_at(0.031) == 3
    assert Playback.from_frame(UNEVEN, 2, speed=2.0).seconds_to_next(0.0) == pytest.approx(0.015)


def test_one_and_two_frames_can_sweep() -> None:
    one = Playback(timing=CineTiming(frame_times_ms=(10.0,), source="", sweep=True))
    two = Playback(timing=CineTiming(frame_times_ms=(10.0, 10.0), source="", sweep=True))
    assert {one.frame_at(t / 100) for t in range(10)} == {0}
    assert [two.frame_at(t / 100) for t in range(5)] == [0, 1, 0, 1, 0]


@pytest.mark.parametrize("times", [(), (0.0,), (10.0, -1.0), (math.nan,), (math.inf,)])
def test_impossible_times_cannot_be_built(times: tuple[float, ...]) -> None:
    with pytest.raises(ValueError, match="finite time"):
        CineTiming(frame_times_ms=times, source="")
