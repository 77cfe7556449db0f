"""What bad models, arguments and folders get: a sentence, an exit code, nothing executed, nothing lost."""

from __future__ import annotations

import pickle
import shutil
import subprocess
from pathlib import Path

import pytest

from engine.models.files import ModelFile
from tests.system.conftest import Run


@pytest.fixture
def own_model(model: ModelFile, tmp_path: Path) -> Path:
    """A copy of the model that may be damaged."""
    folder = tmp_path / "model"
    shutil.copytree(model.weights.parent, folder)
    return folder / model.weights.name


class Canary:
    """Unpickling it would leave a file behind."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return (eval, (f"open({str(self.path)!r}, 'w').close()",))


def test_a_pickle_in_place_of_weights_is_refused_and_not_run(
    own_model: Path, study: Path, sonofuse: Run, tmp_path: Path
) -> None:
    canary = tmp_path / "canary"
    own_model.write_bytes(pickle.dumps(Canary(canary)))
    done = sonofuse("score", study, "--out", tmp_path / "out", "--model", own_model)
    assert done.returncode == 3
    assert own_model.name in done.stderr
    assert not canary.exists()
    assert not (tmp_path / "out" / "results.csv").exists()


def test_one_changed_byte_is_noticed(own_model: Path, study: Path, sonofuse: Run, tmp_path: Path) -> None:
    data = bytearray(own_model.read_bytes())
    data[-100] ^= 1
    own_model.write_bytes(data)
    done = sonofuse("score", study, "--out", tmp_path / "out", "--model", own_model)
    assert done.returncode == 3
    assert own_model.name in done.stderr


def test_wrong_arguments_are_told_before_anything_is_read(study: Path, sonofuse: Run, tmp_path: Path) -> None:
    missing = sonofuse("score", tmp_path / "nowhere", "--out", tmp_path / "out")
    assert missing.returncode == 2
    assert "nowhere" in missing.stderr
    unknown = sonofuse("score", study, "--out", tmp_path / "out", "--model", "dmeo")
    assert unknown.returncode == 3
    assert "There is no model 'dmeo'" in unknown.stderr
    assert not (tmp_path / "out").exists()


def test_a_folder_that_cannot_be_written_is_told(study: Path, model: ModelFile, sonofuse: Run, tmp_path: Path) -> None:
    place = tmp_path / "readonly"
    place.mkdir()
    if (
        shutil.which("mount") is None
        or subprocess.run(
            ["mount", "-t", "tmpfs", "-o", "ro", "tmpfs", place], capture_output=True, check=False
        ).returncode
    ):
        pytest.skip("a read-only disk can only be mounted by an administrator")
    try:
        done = sonofuse("score", study, "--out", place / "out", "--model", model.weights)
    finally:
        subprocess.run(["umount", "-l", place], check=True)
    assert done.returncode == 3
    assert "could not be written" in done.stderr
    assert "choose another folder" in done.stderr
