"""An archive shared out over two machines gives the table of one machine, also when one of them is lost on the way."""

from __future__ import annotations

import csv
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.models.files import ModelFile
from tests.system.conftest import ROOT, Run, command, environment

pytest.importorskip("ray", reason="needs the extra 'distributed'")

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]


class TwoNodes:
    """The cluster's own process."""

    def __init__(self) -> None:
        words = [sys.executable, "-m", "tests.system.ray_cluster"]
        self._process = subprocess.Popen(
            words,
            cwd=ROOT,
            env=environment(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        self.address = self._word()

    def lose_one(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write("lose\n")
        self._process.stdin.flush()
        assert self._word() == "lost"

    def close(self) -> None:
        self._process.communicate(timeout=120)

    def _word(self) -> str:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            if line.startswith("cluster: "):
                return line.removeprefix("cluster: ").strip()
        raise AssertionError("the cluster did not start")


@pytest.fixture(scope="module")
def nodes() -> Iterator[TwoNodes]:
    two = TwoNodes()
    yield two
    two.close()


@pytest.fixture(scope="module")
def archive(study: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Sixty cases: the twelve of the study under five ids each, and a damaged file."""
    folder = tmp_path_factory.mktemp("archive")
    shutil.copytree(study, folder / "files")
    words = command("scan", folder / "files", "--out", folder / "once.csv")
    subprocess.run(words, env=environment(), capture_output=True, timeout=240, check=True)
    with (folder / "once.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    (folder / "files" / "damaged.dcm").write_bytes(b"\0" * 128 + b"DICM" + b"\xff" * 64)
    broken = {**rows[0], "case_id": "broken", "bmode_file": "files/damaged.dcm", "doppler_file": ""}
    many = [{**row, "case_id": f"{row['case_id']}-{n}"} for n in range(5) for row in rows] + [broken]
    with (folder / "archive.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(many)
    return folder / "archive.csv"


def options(archive: Path, out: Path, model: ModelFile) -> tuple[object, ...]:
    return ("score", archive, "--out", out, "--model", model.weights, "--heatmaps")


@pytest.fixture(scope="module")
def alone(archive: Path, model: ModelFile, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Output of one machine."""
    out = tmp_path_factory.mktemp("alone")
    words = command(*options(archive, out, model))
    done = subprocess.run(words, env=environment(), capture_output=True, text=True, timeout=240, check=False)
    assert "60 scored" in done.stdout, done.stdout + done.stderr
    return out


def test_a_node_lost_in_the_middle_costs_no_case(
    nodes: TwoNodes, archive: Path, alone: Path, model: ModelFile, tmp_path: Path
) -> None:
    words = command(*options(archive, tmp_path, model), "--ray")
    program = subprocess.Popen(
        words,
        env={**environment(), "RAY_ADDRESS": nodes.address},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    journal = tmp_path / "journal.jsonl"
    until = time.monotonic() + 200
    while not journal.exists() or journal.read_bytes().count(b"\n") < 2:
        assert program.poll() is None, program.communicate()
        assert time.monotonic() < until
        time.sleep(0.01)
    nodes.lose_one()
    scored_before = journal.read_bytes().count(b"\n") - 1
    said, complained = program.communicate(timeout=300)
    assert program.returncode == 0, complained
    assert scored_before < 60
    assert "60 scored" in said
    for name in ("results.csv", "refusals.csv"):
        assert (tmp_path / name).read_bytes() == (alone / name).read_bytes()
    pictures = sorted(p.relative_to(alone) for kind in ("heatmaps", "thumbnails") for p in (alone / kind).iterdir())
    assert pictures
    assert all((tmp_path / p).read_bytes() == (alone / p).read_bytes() for p in pictures)


def test_no_cluster_there_is_a_sentence(archive: Path, model: ModelFile, sonofuse: Run, tmp_path: Path) -> None:
    words = command(*options(archive, tmp_path, model), "--ray")
    done = subprocess.run(
        words,
        env={**environment(), "RAY_ADDRESS": "127.0.0.1:1"},
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    assert done.returncode not in (0, -9)
    assert "No Ray cluster answers at '127.0.0.1:1'" in done.stderr
    assert "Traceback" not in done.stderr
