"""kill -9 at six points: nothing that was acknowledged is lost, every file is whole, and going on works.

`SONOFUSE_KILLS` says how often each point is killed. A kill is not a power failure: that one rests on fsync and on
SQLite's synchronous = FULL.
"""

from __future__ import annotations

import csv
import json
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import psutil
import pytest

from engine.data.folder import open_folder
from engine.models.files import ModelFile
from engine.store import ReadingStore
from tests.engine.store.test_readings import make_reading
from tests.engine.store.test_schema import make_first_schema, version_and_rows
from tests.system.conftest import ROOT, Run, environment

KILLS = int(os.environ.get("SONOFUSE_KILLS", "4"))
pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork and kill -9")


class Killer:
    """Lets the victim work at one point and kills it at random moments."""

    def __init__(self, program: subprocess.Popen[str], longest_s: float) -> None:
        self._program = program
        self._random = random.Random(11)
        self._longest_s = longest_s

    def kill(self, run: int) -> list[str]:
        """What one child acknowledged, its last words after the kill included."""
        assert self._program.stdin is not None and self._program.stdout is not None
        self._program.stdin.write(f"{run}\n")
        self._program.stdin.flush()
        said: list[str] = []
        pid = 0
        while not (pid and said):
            line = self._program.stdout.readline().strip()
            assert line and line != "dead", "the victim ended by itself"
            if line.startswith("pid "):
                pid = int(line[4:])
            else:
                said.append(line)
        time.sleep(self._random.uniform(0, self._longest_s))
        family = psutil.Process(pid).children(recursive=True)
        os.kill(pid, signal.SIGKILL)
        for line in self._program.stdout:
            if line.strip() == "dead":
                break
            said.append(line.strip())
        _, alive = psutil.wait_procs(family, timeout=5)
        running = [p for p in alive if p.status() != psutil.STATUS_ZOMBIE]  # nobody may wait for orphans here
        assert not running, "a child outlived its parent"
        return said


@contextmanager
def victim(point: str, place: Path, *, longest_s: float) -> Iterator[Killer]:
    command = [sys.executable, "-m", "tests.system.victim", point, str(place)]
    with subprocess.Popen(
        command, cwd=ROOT, env=environment(), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as program:
        yield Killer(program, longest_s)
        assert program.stdin is not None
        program.stdin.close()


def visible_halves(place: Path) -> list[str]:
    """Files of unfinished writes that a person would see."""
    return [p.name for p in place.rglob("*.part") if not p.name.startswith(".")]


def test_import(tmp_path: Path) -> None:
    from engine.data.phantom import generate

    generate(tmp_path / "study", cases=3, seed=4)
    expected = open_folder(str(tmp_path / "study"), index=False)
    with victim("import", tmp_path, longest_s=0.6) as killer:
        for run in range(KILLS):
            killer.kill(run)
            found = open_folder(str(tmp_path / "study"))
            assert (found.cases, found.refusals) == (expected.cases, expected.refusals)
            assert visible_halves(Path(os.environ["SONOFUSE_HOME"])) == []


def journal_ids(out: Path) -> set[str]:
    file = out / "journal.jsonl"
    lines = file.read_text(encoding="utf-8").splitlines(keepends=True) if file.exists() else []
    entries = [json.loads(line) for line in lines[1:] if line.endswith("\n")]
    return {entry["row"]["case_id"] for entry in entries}


def test_score(tmp_path: Path, study: Path, model: ModelFile, sonofuse: Run) -> None:
    (tmp_path / "study").symlink_to(study)
    for file in (model.weights, model.weights.with_suffix(".json")):
        shutil.copy(file, tmp_path / f"model{file.suffix}")
    out, scored = tmp_path / "out", 0
    with victim("score", tmp_path, longest_s=0.5) as killer:
        for run in range(KILLS):
            said = killer.kill(run)
            last = said[len(said) - said[::-1].index("finished") :] if "finished" in said else said
            acknowledged = {word.removeprefix("saved ") for word in last}
            scored += len(acknowledged)
            if last:
                assert acknowledged <= journal_ids(out)
            assert visible_halves(tmp_path) == []
            if (out / "results.csv").exists():
                rows = list(csv.DictReader((out / "results.csv").open(newline="", encoding="utf-8")))
                assert len(rows) == 12 and all(row["status"] == "scored" for row in rows)
    assert scored > KILLS
    weights = tmp_path / "model.safetensors"
    for place, words in ((out, ["--resume"]), (tmp_path / "whole", [])):
        done = sonofuse("score", tmp_path / "study", "--out", place, "--model", weights, "--heatmaps", *words)
        assert done.returncode == 0, done.stderr
    assert (out / "results.csv").read_bytes() == (tmp_path / "whole" / "results.csv").read_bytes()


@pytest.mark.parametrize("point", ["save", "seal"])
def test_save_and_seal(tmp_path: Path, point: str) -> None:
    file = tmp_path / "readings.sqlite"
    with victim(point, tmp_path, longest_s=0.03) as killer:
        for run in range(KILLS):
            acknowledged = len(killer.kill(run))
            with ReadingStore(file) as store:
                if point == "save":
                    there = len(store.history(f"run-{run}"))
                else:
                    cases = [f"run-{run}-{n}" for n in range(acknowledged // 3 + 2)]
                    there = sum(map(len, store.histories(cases).values())) + len(store.revelations(cases))
                assert there in (acknowledged, acknowledged + 1)
                assert store.problems() == ()


def test_export(tmp_path: Path) -> None:
    tables = []
    for name, rows in (("one", 400), ("two", 9000)):
        (tmp_path / name).mkdir()
        tables.append(("case_id,status\n" + f"c-{name},scored\n" * rows).encode())
        (tmp_path / name / "results.csv").write_bytes(tables[-1])
    with ReadingStore(tmp_path / "readings.sqlite") as store:
        for number in range(200):
            store.save(make_reading(f"c-{number}", comment="x" * 500))
    with victim("export", tmp_path, longest_s=0.05) as killer:
        for run in range(KILLS):
            killer.kill(run)
            assert (tmp_path / "table.csv").read_bytes() in tables
            with closing(sqlite3.connect(tmp_path / "backup.sqlite")) as raw:
                assert raw.execute("PRAGMA integrity_check").fetchone() == ("ok",)
                assert raw.execute("SELECT count(*) FROM reading").fetchone() == (200,)
            assert visible_halves(tmp_path) == []
    with ReadingStore(tmp_path / "readings.sqlite") as store:
        assert store.problems() == () and len(store.latest_of(f"c-{n}" for n in range(200))) == 200


def test_migrate(tmp_path: Path) -> None:
    make_first_schema(tmp_path / "first.sqlite", 500)
    with victim("migrate", tmp_path, longest_s=0.1) as killer:
        for run in range(KILLS):
            acknowledged = len(killer.kill(run))
            for number in range(acknowledged + 1):
                file = tmp_path / f"old-{run}-{number}.sqlite"
                if number == acknowledged and (not file.exists() or file.stat().st_size < 4096):
                    continue  # killed while the test copied the old file
                with ReadingStore(file) as store:
                    assert store.problems() == ()
                assert version_and_rows(file)[1] == 500
                for leftover in tmp_path.glob(f"{file.name}*"):
                    leftover.unlink()
