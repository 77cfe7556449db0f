"""Children that die, hang or run out of memory in the middle of a request.

`SONOFUSE_DEATHS` says how often a child is lost; each way comes up in turn.
"""

from __future__ import annotations

import contextlib
import os
import resource
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest
from pytestqt.qtbot import QtBot

from engine.jobs import Service
from tests.workstation.test_window import WAIT_MS, current, opened, until_pictured, until_scored
from workstation.main_window import MainWindow

DEATHS = int(os.environ.get("SONOFUSE_DEATHS", "3"))
WAYS = ("killed", "hung", "out of memory")
SAID = {"killed": ("stopped",), "hung": ("gave no answer",), "out of memory": ("memory", "stopped")}
RESTART_S = 5.0
QUIET_S = 0.2
Opener = Callable[[], MainWindow]
pytestmark = pytest.mark.skipif(not hasattr(resource, "prlimit"), reason="needs prlimit and kill -9")


def settled(qtbot: QtBot, service: Service) -> None:
    """Nothing is asked of it, nor will be by an answer that is on its way to the window."""
    quiet_since = time.monotonic()
    while time.monotonic() - quiet_since < QUIET_S:
        qtbot.wait(10)
        if not service.is_idle or service.pid is None:
            qtbot.waitUntil(lambda: service.is_idle and service.pid is not None, timeout=WAIT_MS)
            quiet_since = time.monotonic()


@contextlib.contextmanager
def troubled(qtbot: QtBot, service: Service, way: str, key: str) -> Iterator[None]:
    """The request of `key` that is made inside the block comes to a child that is lost in this way."""
    settled(qtbot, service)
    if way == "out of memory":  # a new child: the old one has room among what it used before
        service._child.kill()
        service.start()
        qtbot.waitUntil(lambda: service.is_idle and service.pid is not None, timeout=WAIT_MS)
    pid, patience = service.pid, service._child._deadline_s
    assert pid is not None
    if way == "out of memory":
        used = psutil.Process(pid).memory_info().vms
        resource.prlimit(pid, resource.RLIMIT_AS, (used, resource.prlimit(pid, resource.RLIMIT_AS)[1]))
        yield
        return
    os.kill(pid, signal.SIGSTOP)  # so that it is surely in the middle of the request
    service._child._deadline_s = 0.6 if way == "hung" else patience
    yield
    qtbot.waitUntil(lambda: getattr(service._running, "key", None) == key, timeout=WAIT_MS)
    if way == "killed":
        os.kill(pid, signal.SIGKILL)
    begun = time.monotonic()
    qtbot.waitUntil(lambda: service.pid not in (None, pid), timeout=int(RESTART_S * 1000))
    assert time.monotonic() - begun < RESTART_S
    service._child._deadline_s = patience


def assert_up_again(qtbot: QtBot, service: Service) -> None:
    """A child is there to be asked, at most 5 s after the person was told what happened to the last one."""
    begun = time.monotonic()
    qtbot.waitUntil(lambda: _lives(service.pid), timeout=int(RESTART_S * 1000))
    assert time.monotonic() - begun < RESTART_S


def _lives(pid: int | None) -> bool:
    if pid is None:
        return False
    with contextlib.suppress(psutil.NoSuchProcess):
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    return False


def free(service: Service) -> None:
    """Enough memory again."""
    if service.pid is not None:
        most = resource.prlimit(service.pid, resource.RLIMIT_AS)[1]
        resource.prlimit(service.pid, resource.RLIMIT_AS, (most, most))


def told(words: str, way: str) -> bool:
    return any(said in words for said in SAID[way])


def test_a_child_lost_while_scoring_is_told_and_the_next_case_is_scored(
    qtbot: QtBot, open_window: Opener, study: Path
) -> None:
    window = opened(qtbot, open_window(), study)
    engine, panel = window._bridge.engine, window.page.evidence
    assert window.desk.session is not None
    states = window.desk.session.states
    until_scored(qtbot, window)
    for number in range(DEATHS):
        way = WAYS[number % 3]
        settled(qtbot, engine)
        state = current(window)
        for each in states:
            each.forget_answer()
        with troubled(qtbot, engine, way, "score"):
            window.desk.scoring.again()
        qtbot.waitUntil(lambda s=state: s.problem is not None, timeout=WAIT_MS)
        assert told(panel._sentence.text(), way) and state.answer is None
        assert_up_again(qtbot, engine)
        free(engine)
        window.desk.go_to((number + 1) % len(states))
        until_scored(qtbot, window)
        assert current(window) is not state


def test_a_child_lost_while_decoding_is_told_and_the_next_case_is_shown(
    qtbot: QtBot, open_window: Opener, study: Path
) -> None:
    window = opened(qtbot, open_window(), study)
    frames, panes = window._bridge.frames, window.page.panes
    assert window.desk.session is not None
    n = len(window.desk.session.states)
    for number in range(DEATHS):
        way = WAYS[number % 3]
        until_pictured(qtbot, window)
        settled(qtbot, frames)
        window.desk.feed.cache.clear()
        with troubled(qtbot, frames, way, "bmode"):
            window.desk.go_to((2 * number + 1) % n)
        qtbot.waitUntil(lambda w=way: told(panes["bmode"]._message.text(), w), timeout=WAIT_MS)
        assert_up_again(qtbot, frames)
        free(frames)
        qtbot.waitUntil(lambda: frames.is_idle, timeout=WAIT_MS)
        window.desk.go_to((2 * number + 2) % n)
        qtbot.waitUntil(lambda: not panes["bmode"]._message.isVisible(), timeout=WAIT_MS)
