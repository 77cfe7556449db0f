"""Cancelling a long run: asked to stop, ended when it does not, waited for while it writes what it has."""

from __future__ import annotations

import os
import queue
import signal
import time
from collections.abc import Iterator
from statistics import median
from typing import Any

import pytest

from engine.domain.errors import CaseError
from engine.jobs.run_service import RunService

CANCEL_S = 1.0
"""What a person waits at most after a cancel."""


class Client:
    def __init__(self) -> None:
        self.service = RunService("tests.engine.jobs.handlers:obedient", name="run")
        self.answers: queue.Queue[Any] = queue.Queue()
        self.steps: queue.Queue[Any] = queue.Queue()

    def run(self, request: str) -> None:
        self.service.run(
            request,
            on_result=self.answers.put,
            on_error=self.answers.put,
            on_progress=lambda *step: self.steps.put(step),
        )

    def seconds_to_cancel(self) -> tuple[float, Any]:
        begun = time.monotonic()
        self.service.stop()
        answer = self.answers.get(timeout=30)
        return time.monotonic() - begun, answer


@pytest.fixture
def client() -> Iterator[Client]:
    made = Client()
    yield made
    assert made.service.close()


@pytest.mark.parametrize("way", ["starting", "obeys", "deaf", "halted"])
def test_a_cancel_is_answered_within_a_second(client: Client, way: str) -> None:
    took_s = []
    for _ in range(3):
        client.run("deaf" if way == "deaf" else "count")
        while client.service.pid is None or (way != "starting" and client.steps.empty()):
            time.sleep(0.01)
        pid = client.service.pid
        if way == "halted":
            os.kill(pid, signal.SIGSTOP)
        seconds, answer = client.seconds_to_cancel()
        took_s.append(seconds)
        assert isinstance(answer, CaseError) and answer.sentence == "Cancelled."
        while client.service.pid == pid:
            time.sleep(0.01)
        client.steps = queue.Queue()
    assert median(took_s) <= CANCEL_S, took_s


def test_a_run_that_stops_is_waited_for_while_it_writes_what_it_has(client: Client) -> None:
    client.run("keep")
    client.steps.get(timeout=60)
    seconds, answer = client.seconds_to_cancel()
    assert seconds >= 1.5 and not isinstance(answer, CaseError) and answer[0] == "keep"
