"""The worker's queue: order, newest wins, cancel, errors, end."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

import pytest

from engine.domain.errors import CaseError, ErrorKind
from engine.jobs import Ticket, Worker


class Desk:
    """Hands in work and keeps what comes back."""

    def __init__(self, worker: Worker) -> None:
        self.worker = worker
        self.came: list[Any] = []
        self.ran: list[Any] = []

    def hand_in(self, name: str, *, key: str, priority: int = 0, wait: threading.Event | None = None) -> Ticket:
        def work(ticket: Ticket) -> str:
            self.ran.append(name)
            if wait is not None:
                wait.wait(10)
            return name

        return self.worker.submit(
            work, key=key, priority=priority, on_result=self.came.append, on_error=self.came.append
        )


@pytest.fixture
def desk() -> Iterator[Desk]:
    worker = Worker("test")
    yield Desk(worker)
    assert worker.close(2)


def test_urgent_work_comes_first_then_order_of_arrival(desk: Desk) -> None:
    gate = threading.Event()
    desk.hand_in("first", key="first", wait=gate)
    tickets = [desk.hand_in(n, key=n, priority=p) for n, p in (("late", 5), ("b", 0), ("c", 0))]
    gate.set()
    for ticket in tickets:
        assert ticket.done.wait(5)
    assert desk.came == ["first", "b", "c", "late"]


def test_of_one_key_only_the_newest_is_done_and_a_running_one_is_not_answered(desk: Desk) -> None:
    gate = threading.Event()
    running = desk.hand_in("score 1", key="score", wait=gate)
    while not desk.ran:
        pass
    desk.hand_in("score 2", key="score")
    newest = desk.hand_in("score 3", key="score")
    gate.set()
    assert running.done.wait(5) and newest.done.wait(5)
    assert desk.came == ["score 3"]
    assert desk.ran == ["score 1", "score 3"]


def test_cancelled_waiting_work_is_answered_and_never_done(desk: Desk) -> None:
    gate = threading.Event()
    desk.hand_in("busy", key="busy", wait=gate)
    ticket = desk.hand_in("folder", key="folder")
    desk.worker.cancel("folder")
    gate.set()
    assert ticket.done.wait(5)
    [error] = [c for c in desk.came if isinstance(c, CaseError)]
    assert error.kind is ErrorKind.STOPPED
    assert "folder" not in desk.ran


def test_dropped_work_is_not_answered(desk: Desk) -> None:
    gate = threading.Event()
    busy = desk.hand_in("busy", key="busy", wait=gate)
    desk.hand_in("frame", key="frame")
    desk.worker.drop("frame")
    gate.set()
    assert busy.done.wait(5)
    last = desk.hand_in("last", key="last")
    assert last.done.wait(5)
    assert desk.came == ["busy", "last"]


def test_an_unexpected_error_becomes_a_sentence_and_the_worker_lives_on(desk: Desk) -> None:
    def fails(ticket: Ticket) -> None:
        raise KeyError("secret name")

    failed = desk.worker.submit(fails, key="a", on_result=desk.came.append, on_error=desk.came.append)
    after = desk.hand_in("after", key="b")
    assert failed.done.wait(5) and after.done.wait(5)
    assert isinstance(desk.came[0], CaseError) and "secret" not in desk.came[0].sentence
    assert desk.came[1] == "after"


def test_closing_drops_what_waits_and_takes_no_more() -> None:
    worker = Worker("test")
    desk, gate = Desk(worker), threading.Event()
    desk.hand_in("running", key="running", wait=gate)
    desk.hand_in("waiting", key="waiting")
    worker.begin_close()
    gate.set()
    assert worker.close(2)
    assert desk.hand_in("too late", key="x").done.is_set()
    assert desk.came == []
