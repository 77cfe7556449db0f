"""A service over a real child process: deaths, cancel, progress, closing."""

from __future__ import annotations

import os
import queue
import signal
import time
from collections.abc import Iterator
from typing import Any

import psutil
import pytest

from engine.domain.errors import CaseError, ErrorKind
from engine.jobs import Service

ENTRY = "tests.engine.jobs.handlers:obedient"


class Client:
    def __init__(self) -> None:
        self.service = Service(ENTRY, name="helper", deadline_s=30)
        self.answers: queue.Queue[Any] = queue.Queue()
        self.steps: queue.Queue[tuple[int, int, Any]] = queue.Queue()

    def ask(self, request: str, *, key: str = "a", deadline_s: float | None = None) -> None:
        self.service.ask(
            request,
            key=key,
            on_result=self.answers.put,
            on_error=self.answers.put,
            on_progress=lambda *step: self.steps.put(step),
            deadline_s=deadline_s,
        )

    def answer(self) -> Any:
        return self.answers.get(timeout=30)


@pytest.fixture
def client() -> Iterator[Client]:
    made = Client()
    yield made
    assert made.service.close()


def test_a_child_that_dies_costs_one_request_and_is_replaced_before_the_next(client: Client) -> None:
    client.ask("hello")
    first = client.answer()[1]
    client.ask("die")
    error = client.answer()
    assert isinstance(error, CaseError) and error.kind is ErrorKind.STOPPED and "helper" in error.sentence
    begun = time.monotonic()
    while client.service.pid in (None, first):
        assert time.monotonic() - begun < 5
        time.sleep(0.01)
    client.ask("again")
    assert client.answer() == ("again", client.service.pid)


def test_kill_9_while_working_is_told_and_the_next_request_is_answered(client: Client) -> None:
    client.ask("count")
    client.steps.get(timeout=30)
    pid = client.service.pid
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    assert isinstance(client.answer(), CaseError)
    client.ask("next")
    assert client.answer()[0] == "next"


def test_cancel_stops_running_work_within_a_second(client: Client) -> None:
    client.ask("count")
    assert client.steps.get(timeout=30)[1:] == (500, "counting")
    begun = time.monotonic()
    client.service.cancel("a")
    error = client.answer()
    assert isinstance(error, CaseError) and error.sentence == "Cancelled."
    assert time.monotonic() - begun < 1.5


def test_a_child_that_hangs_is_ended_at_the_deadline(client: Client) -> None:
    client.ask("hang", deadline_s=0.5)
    error = client.answer()
    assert isinstance(error, CaseError) and error.kind is ErrorKind.STOPPED
    client.ask("next")
    assert client.answer()[0] == "next"


def test_of_requests_of_one_key_only_the_newest_is_answered(client: Client) -> None:
    client.ask("hello", key="start")
    client.answer()
    for number in range(5):
        client.ask("nap" if number == 0 else f"request {number}")
        time.sleep(0.02)
    assert client.answer()[0] == "request 4"
    assert client.answers.empty()


@pytest.mark.parametrize("moment_s", [0.0, 0.05, 0.3, 1.0])
def test_closing_at_any_moment_leaves_no_process(moment_s: float) -> None:
    client = Client()
    client.ask("hang")
    time.sleep(moment_s)
    begun = time.monotonic()
    assert client.service.close()
    assert time.monotonic() - begun < 2
    assert not [p for p in psutil.Process().children(recursive=True) if ENTRY in " ".join(p.cmdline())]
