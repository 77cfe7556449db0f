"""The program as a person starts it: processes of their own, a folder of their own."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from engine.data.phantom import generate
from engine.models.files import ModelFile, save_model
from tests.engine.explain.models import tiny
from tests.system.small_disk import SmallDisk

ROOT = Path(__file__).resolve().parents[2]
Run = Callable[..., subprocess.CompletedProcess[str]]


def command(*words: object) -> list[str]:
    return [sys.executable, "-m", "workstation", *map(str, words)]


def environment() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(ROOT), "COLUMNS": "80", "PYTHONWARNINGS": "error::ResourceWarning"}


@pytest.fixture
def sonofuse(tmp_path: Path) -> Run:
    """Runs the command to its end, in an empty folder."""
    place = tmp_path / "cwd"
    place.mkdir()

    def run(*words: object) -> subprocess.CompletedProcess[str]:
        done = subprocess.run(
            command(*words), cwd=place, env=environment(), capture_output=True, text=True, timeout=240, check=False
        )
        assert "Traceback" not in done.stderr, done.stderr
        return done

    return run


@pytest.fixture(scope="package")
def model(tmp_path_factory: pytest.TempPathFactory) -> ModelFile:
    """A random MHFNet tiny; what it says is noise, but always the same noise."""
    return save_model(
        tiny(), tmp_path_factory.mktemp("model"), name="random-tiny", simulated_only=True, heatmap_weak_below=0.0
    )


@pytest.fixture(scope="package")
def study(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Twelve simulated cases; do not change them."""
    folder = tmp_path_factory.mktemp("phantom") / "study"
    generate(folder, cases=12, seed=21)
    return folder


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[SmallDisk]:
    if not sys.platform.startswith("linux") or os.geteuid() != 0:
        pytest.skip("only root on Linux can mount a small disk")
    made = SmallDisk(tmp_path / "disk")
    made.place.mkdir()
    mounted = made.mount("size=4m")
    if mounted.returncode:
        pytest.skip(f"this system does not let a disk be mounted: {mounted.stderr.strip()}")
    yield made
    subprocess.run(["umount", "-l", str(made.place)], check=True)


@pytest.fixture(params=["full", "read-only"])
def ill(request: pytest.FixtureRequest) -> str:
    return str(request.param)
