"""`pip install .`: what the wheel holds, and that it works away from the source."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.packaging.conftest import ROOT


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built by the pinned hatchling, without a network."""
    pytest.importorskip("hatchling", reason="the test extra brings hatchling")
    out = tmp_path_factory.mktemp("wheel")
    options = ["--isolated", "--no-index", "--no-deps", "--no-build-isolation", "--disable-pip-version-check"]
    command = [sys.executable, "-m", "pip", "wheel", *options, "--wheel-dir", str(out), str(ROOT)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    (built,) = out.glob("sonofuse-*.whl")
    return built


def files_under(folder: str) -> set[str]:
    found = (path for path in (ROOT / folder).rglob("*") if path.is_file() and "__pycache__" not in path.parts)
    return {path.relative_to(ROOT).as_posix() for path in found if not path.name.startswith(".")}


@pytest.mark.parametrize("folder", ["resources", "engine", "workstation"])
def test_everything_is_inside(wheel: Path, folder: str) -> None:
    with zipfile.ZipFile(wheel) as archive:
        inside = set(archive.namelist())
    wanted = files_under(folder)
    assert wanted
    assert wanted - inside == set()


def test_nothing_else_is_inside(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        tops = {name.split("/")[0] for name in archive.namelist()}
    (information,) = [top for top in tops if top.endswith(".dist-info")]
    assert tops == {"engine", "workstation", "resources", information}


def test_the_command_is_called_sonofuse(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        (points,) = [name for name in archive.namelist() if name.endswith("entry_points.txt")]
        assert "sonofuse = workstation.__main__:main" in archive.read(points).decode()
        (about,) = [name for name in archive.namelist() if name.endswith("METADATA")]
        assert "License-Expression: Apache-2.0" in archive.read(about).decode()


def test_it_works_away_from_the_source(wheel: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(tmp_path)
    program = (
        f"import sys; sys.path.insert(0, {str(tmp_path)!r})\n"
        "from engine.domain.task import load_task, task_names\n"
        "from engine.store import ReadingStore\n"
        "print([load_task(name).name for name in task_names()], ReadingStore().problems(), ReadingStore.__module__)\n"
        "import engine; print(engine.__file__)"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "['breast_lesion', 'liver_fibrosis'] ()" in done.stdout
    assert str(tmp_path) in done.stdout
