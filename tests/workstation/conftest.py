"""A small study, a small model, and windows over real child processes."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import psutil
import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from workstation.bridge import Bridge
from workstation.main_window import MainWindow
from workstation.theme import apply_theme

N_CASES = 3


@pytest.fixture(scope="session")
def study(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three simulated cases, and one file that is not ultrasound."""
    from engine.data.phantom import generate

    folder = tmp_path_factory.mktemp("study")
    generate(folder, cases=N_CASES, seed=5)
    (folder / "letter.dcm").write_bytes(b"Dear colleague")
    return folder


@pytest.fixture(scope="session")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An untrained model of the smallest preset: its numbers mean nothing, its way through the program is real."""
    import torch

    from engine.domain.task import load_task
    from engine.models.files import save_model
    from engine.models.registry import create_model

    torch.manual_seed(0)
    made = create_model("mhfnet", load_task("breast_lesion"), "tiny")
    folder = tmp_path_factory.mktemp("model")
    return save_model(made, folder, name="untrained", heatmap_weak_below=0.0, heatmap_full_scale=0.02).weights


@pytest.fixture
def open_window(qtbot: QtBot, model: Path, qapp: QApplication) -> Iterator[Callable[[], MainWindow]]:
    """Makes windows; when the test is over they are closed and must have left no process."""
    with windows_over(model, qapp) as make:
        yield make


@pytest.fixture
def open_sealed(qtbot: QtBot, model: Path, qapp: QApplication) -> Iterator[Callable[[], MainWindow]]:
    """As `open_window`, with sealed first readings."""
    with windows_over(model, qapp, sealed=True) as make:
        yield make


@contextlib.contextmanager
def windows_over(
    model: Path, qapp: QApplication, *, sealed: bool = False, task: str = "breast_lesion"
) -> Iterator[Callable[[], MainWindow]]:
    """Windows that score with `model`, and their end; `sealed` hides the AI before the reader's own category."""
    windows: list[MainWindow] = []
    before = {p.pid for p in psutil.Process().children(recursive=True)}
    apply_theme(qapp, "dark")

    def make() -> MainWindow:
        bridge = Bridge(model=str(model))
        window = MainWindow(bridge, task=task)
        window.admin.choose(replace(window.admin.choices, sealed=sealed))
        window.resize(1440, 900)
        window.show()
        bridge.start()
        windows.append(window)
        return window

    yield make
    for window in windows:
        window._may_close = True
        window.close()
        window.deleteLater()
    qapp.processEvents()
    left = [p for p in psutil.Process().children(recursive=True) if p.pid not in before]
    _, alive = psutil.wait_procs(left, timeout=2)
    assert not [p for p in alive if p.status() != psutil.STATUS_ZOMBIE]


@pytest.fixture
def home() -> Path:
    """The data folder of this test."""
    return Path(os.environ["SONOFUSE_HOME"])
