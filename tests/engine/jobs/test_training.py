"""Training as the window does it: a real child of low priority, stopped, killed and gone on with."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import psutil
import pytest

from engine.domain.errors import CaseError
from engine.domain.training import RunPhase, RunState
from engine.jobs.training import (
    CheckData,
    ModelService,
    NewRun,
    StartTraining,
    TrainingService,
    delete_run,
    epochs_of,
    log_of,
    next_queued,
    runs,
    state_of,
    stop,
)

CHANGES = {"schedule.epochs": 200, "schedule.batch_size": 8, "model.input_size": 32, "model.options": {"width": 4}}


@pytest.fixture
def services(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[TrainingService, ModelService]]:
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    training, models = TrainingService(), ModelService()
    yield training, models
    models.close()
    training.close()


def ask(models: ModelService, request: Any) -> Any:
    done, found = threading.Event(), []

    def take(answer: Any) -> None:
        found.append(answer)
        done.set()

    models.ask(request, key=type(request).__name__, on_result=take, on_error=take)
    assert done.wait(120)
    return found[0]


def train(service: TrainingService, run_id: str, when: Callable[[RunState], None]) -> RunState | CaseError:
    done, found = threading.Event(), []

    def take(answer: Any) -> None:
        found.append(answer)
        done.set()

    def progress(step: int, steps: int, state: RunState | None) -> None:
        if state is not None:
            when(state)

    service.train(StartTraining(run_id=run_id, device="cpu"), on_result=take, on_error=take, on_progress=progress)
    assert done.wait(200)
    answer: RunState | CaseError = found[0]
    return answer


def test_queued_killed_stopped_and_deleted(services: tuple[TrainingService, ModelService]) -> None:
    training, models = services
    report = ask(models, CheckData(data="phantom:40:1"))
    assert (report.n, report.patients, report.simulated, report.blocked) == (40, 40, True, False)
    refused = ask(models, NewRun(recipe="recommended", data="phantom:40:1", changes={"schedule.epoch": 1}))
    assert isinstance(refused, CaseError)
    made = ask(models, NewRun(recipe="recommended", data="phantom:40:1", name="mine", changes=CHANGES))
    waiting = next_queued()
    assert waiting == made
    niceness = []

    def kill(state: RunState) -> None:
        if state.step > 0 and training.pid is not None:
            niceness.append(psutil.Process(training.pid).nice())
            os.kill(training.pid, signal.SIGKILL)

    lost = train(training, made.run_id, kill)
    assert isinstance(lost, CaseError)
    assert niceness[0] >= 10
    assert state_of(made.run_id).state is RunPhase.STOPPED
    assert "Resume it" in runs()[0].sentence

    def wish(state: RunState) -> None:
        if state.step > 4:
            stop(made.run_id)

    ended = train(training, made.run_id, wish)
    assert isinstance(ended, RunState)
    assert (ended.state, ended.step >= 5) == (RunPhase.STOPPED, True)
    assert epochs_of(made.run_id)
    assert "Stopped after step" in log_of(made.run_id)
    assert next_queued() is None
    delete_run(made.run_id)
    assert runs() == ()


def test_closing_the_window_leaves_a_run_that_goes_on(services: tuple[TrainingService, ModelService]) -> None:
    training, models = services
    made = ask(models, NewRun(recipe="recommended", data="phantom:40:1", changes=CHANGES))
    began = threading.Event()
    training.train(
        StartTraining(run_id=made.run_id, device="cpu"),
        on_result=lambda _: None,
        on_error=lambda _: None,
        on_progress=lambda step, steps, state: began.set() if step > 0 else None,
    )
    assert began.wait(120)
    assert state_of(made.run_id).state is RunPhase.RUNNING
    with pytest.raises(CaseError, match="running"):
        delete_run(made.run_id)
    assert training.close(5.0)
    give_up = time.monotonic() + 10
    while state_of(made.run_id).state is RunPhase.RUNNING and time.monotonic() < give_up:
        time.sleep(0.05)
    assert state_of(made.run_id).state is RunPhase.STOPPED
