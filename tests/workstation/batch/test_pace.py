"""Rate and time left, against runs whose speed is known."""

from __future__ import annotations

import pytest

from workstation.batch.pace import QUIET_S, Pace, duration


def test_an_even_run_ends_when_it_is_said_to() -> None:
    pace = Pace()
    for second in range(11):
        pace.step(2 * second, 100, float(second))
    assert pace.rate == pytest.approx(2.0)
    assert pace.words(10.0) == "2.0 cases/s, 40 s left"


def test_the_rate_follows_what_is_slow_now() -> None:
    pace = Pace()
    for second in range(100):
        pace.step(10 * second, 10_000, float(second))
    for minute in range(1, 4):
        pace.step(990 + minute, 10_000, 99.0 + 60 * minute)
    assert pace.rate == pytest.approx(1 / 60, rel=0.1)
    assert "s a case" in pace.words(279.0)


def test_a_new_phase_has_a_rate_of_its_own_and_silence_is_told() -> None:
    pace = Pace()
    pace.step(0, 50, 0.0)
    pace.step(50, 50, 1.0)
    pace.step(0, 10, 2.0)
    assert pace.rate is None and pace.words(2.5) == ""
    pace.step(1, 10, 3.0)
    assert pace.rate == pytest.approx(1.0)
    assert pace.words(3.0 + QUIET_S + 5) == "nothing new for 25 s"


def test_times_as_a_person_says_them() -> None:
    assert [duration(s) for s in (8.4, 95, 4800)] == ["8 s", "2 min", "1 h 20 min"]
