"""Quitting in the middle of anything, and of everything: three seconds at most, and no process is left."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil
import pytest
from pytestqt.qtbot import QtBot

from engine.domain.training import RunPhase
from engine.jobs import ExportReadings, ScoreFolder, Service
from engine.jobs.evaluation_requests import EvaluateModel
from engine.jobs.training import CheckData, ModelService, StartTraining, state_of
from tests.workstation.test_window import WAIT_MS, opened, until_scored
from workstation.main_window import MainWindow

QUIT_S = 3.0
Opener = Callable[[], MainWindow]
pytestmark = pytest.mark.skipif(not hasattr(signal, "SIGSTOP"), reason="needs a signal that halts a process")


@dataclass
class Desk:
    """A window, and how to put it into the middle of each job. A halted child cannot be done before we look."""

    qtbot: QtBot
    window: MainWindow
    study: Path
    model: Path
    out: Path
    seen: dict[str, int] = field(default_factory=dict)
    run_id: str = ""

    def begin(self, job: str) -> None:
        name, _, halted = job.partition(", ")
        getattr(self, name.replace(" ", "_"))()
        if halted:
            halt(self.service(name))

    def service(self, name: str) -> Service:
        """Who does this job."""
        bridge = self.window._bridge
        if name in ("batch", "evaluation"):
            return bridge.runs[name]
        if name in ("training", "data check"):
            made = bridge._trainer if name == "training" else bridge._models
            assert made is not None
            return made
        return {"frames": bridge.frames, "scoring": bridge.engine}.get(name, bridge.folders)

    def nothing(self) -> None:
        """The window has just been opened; its children are being started."""

    def opening(self) -> None:
        self.halted_when_idle(self.window._bridge.folders)
        self.window.open_path(str(self.study))

    def frames(self) -> None:
        self.leaf_on(self.window._bridge.frames)

    def scoring(self) -> None:
        self.leaf_on(self.window._bridge.engine)

    def export(self) -> None:
        self.halted_when_idle(self.window._bridge.folders)
        request = ExportReadings(paths=(str(self.study),), task="breast_lesion", read=(), out=str(self.out / "t.csv"))
        self.window._bridge.export_readings(request, on_result=failed, on_error=failed)

    def data_check(self) -> None:
        bridge = self.window._bridge
        bridge._models = bridge._models or ModelService()
        self.halted_when_idle(bridge._models)
        bridge.ask_models(CheckData(data=str(self.study)), key="check", on_result=failed, on_error=failed)

    def batch(self) -> None:
        out, model = str(self.out / "scored"), str(self.model)
        self.run("batch", ScoreFolder(folder=str(self.study), out=out, task="breast_lesion", model=model))

    def evaluation(self) -> None:
        self.run(
            "evaluation", EvaluateModel(model=str(self.model), data="phantom:2000:1", out=str(self.out / "report"))
        )

    def training(self) -> None:
        from engine.training.recipe import ModelPart, Recipe, SchedulePart
        from engine.training.trainer import new_run

        small = ModelPart(input_size=32, options={"width": 4})
        self.run_id = new_run(
            Recipe(name="long", model=small, schedule=SchedulePart(epochs=2000, batch_size=8)), "phantom:24:1"
        ).name
        self.window._bridge.train(
            StartTraining(run_id=self.run_id, device="cpu"),
            on_result=failed,
            on_error=failed,
            on_progress=lambda step, total, note: self.seen.update(training=step),
        )
        self.qtbot.waitUntil(lambda: self.seen.get("training", 0) > 0, timeout=WAIT_MS)

    def run(self, name: str, request: Any) -> None:
        """A long run, met after its first step."""
        self.window._bridge.run(
            name,
            request,
            on_result=failed,
            on_error=failed,
            on_progress=lambda step, total, note: self.seen.update({name: total}),
        )
        self.qtbot.waitUntil(lambda: self.seen.get(name, 0) > 0, timeout=WAIT_MS)

    def leaf_on(self, service: Service) -> None:
        if self.window.desk.session is None:
            opened(self.qtbot, self.window, self.study)
            until_scored(self.qtbot, self.window)
        self.halted_when_idle(service)
        self.window.desk.feed.cache.clear()
        for state in self.window.desk.session.states if self.window.desk.session is not None else ():
            state.forget_answer()
        self.window.desk.move(1)

    def halted_when_idle(self, service: Service) -> None:
        if service.pid is None:
            service.start()
        self.qtbot.waitUntil(lambda: service.pid is not None and service.is_idle, timeout=WAIT_MS)
        halt(service)


def halt(service: Service) -> None:
    assert service.pid is not None
    os.kill(service.pid, signal.SIGSTOP)


def failed(answer: object) -> None:
    raise AssertionError(f"over too early: {answer}")


def ours(home: Path) -> list[psutil.Process]:
    """Every process that has the data folder of this test, whoever its parent is now."""
    found = []
    for process in psutil.process_iter():
        try:
            if process.environ().get("SONOFUSE_HOME") == str(home) and process.status() != psutil.STATUS_ZOMBIE:
                found.append(process)
        except psutil.Error:
            continue  # it is gone, or not ours to look into
    return found


ONE = ("nothing", "opening", "frames", "scoring", "export", "data check", "batch", "evaluation", "training")
HALTED = ("batch, halted", "training, halted")
ALL = ("evaluation", "training", "batch, halted", "scoring", "frames", "export", "data check")
"""The patient ones come first: a request that was halted is given up after its deadline."""


@pytest.mark.parametrize("jobs", [*((job,) for job in (*ONE, *HALTED)), ALL], ids=" + ".join)
def test_quitting_in_the_middle_takes_three_seconds_at_most_and_leaves_no_process(
    qtbot: QtBot, open_window: Opener, study: Path, model: Path, tmp_path: Path, home: Path, jobs: tuple[str, ...]
) -> None:
    desk = Desk(qtbot, open_window(), study, model, tmp_path)
    for job in jobs:
        desk.begin(job)
    for job in jobs:
        if job != "nothing":
            name = job.partition(", ")[0]
            qtbot.waitUntil(lambda n=name: not desk.service(n).is_idle, timeout=WAIT_MS)
    qtbot.waitUntil(lambda: bool(ours(home)), timeout=WAIT_MS)
    begun = time.monotonic()
    desk.window._may_close = True
    desk.window.close()
    took_s = time.monotonic() - begun
    psutil.wait_procs(ours(home), timeout=1)  # the system needs a moment to clear a killed one away
    assert took_s < QUIT_S and not ours(home)
    if desk.run_id:
        left = state_of(desk.run_id)
        assert left.state is RunPhase.STOPPED and left.can_start
