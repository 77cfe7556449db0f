"""A small model and a small study; one thread, as tests run side by side."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch

from engine.data.phantom import generate
from engine.models.files import ModelFile, find_model, save_model
from tests.engine.explain.models import tiny


@pytest.fixture(autouse=True, scope="package")
def one_thread() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="package")
def model_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A random MHFNet tiny, saved; every weight counts, and its maps are strong enough to be drawn."""
    folder = tmp_path_factory.mktemp("model")
    save_model(
        tiny(),
        folder,
        name="random-tiny",
        simulated_only=True,
        temperature=1.5,
        threshold=0.4,
        heatmap_full_scale=0.2,
        heatmap_weak_below=0.01,
    )
    return folder


@pytest.fixture(scope="package")
def model_file(model_folder: Path) -> ModelFile:
    return find_model(str(model_folder))


@pytest.fixture(scope="package")
def study(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Five simulated cases as DICOM; do not change it."""
    folder = tmp_path_factory.mktemp("phantom") / "study"
    generate(folder, cases=5, seed=11)
    return folder


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of one megabyte; needs the right to mount one."""
    place = tmp_path / "disk"
    place.mkdir()
    mount = shutil.which("mount")
    made = mount and subprocess.run([mount, "-t", "tmpfs", "-o", "size=1m", "tmpfs", place], capture_output=True)
    if not made or made.returncode:
        pytest.skip("a small disk can only be mounted by an administrator")
    yield place
    subprocess.run(["umount", "-l", place], check=True)
