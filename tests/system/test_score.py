"""`sonofuse score` from outside: the same numbers in every process, and nothing lost however it ends."""

from __future__ import annotations

import csv
import shutil
import signal
import subprocess
import time
from pathlib import Path

import pytest

from engine.models.files import ModelFile
from tests.system.conftest import Run, command, environment


def table(out: Path) -> list[dict[str, str]]:
    with (out / "results.csv").open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def whole(study: Path, model: ModelFile, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Output of one undisturbed run."""
    out = tmp_path_factory.mktemp("whole")
    words = command("score", study, "--out", out, "--model", model.weights, "--heatmaps", "--workers", 2)
    done = subprocess.run(words, env=environment(), capture_output=True, text=True, timeout=240, check=False)
    assert done.returncode == 0, done.stderr
    assert "12 scored, 0 failed, 0 skipped." in done.stdout
    return out


def test_a_case_alone_in_a_fresh_process_has_the_same_number(
    whole: Path, study: Path, model: ModelFile, sonofuse: Run, tmp_path: Path
) -> None:
    wanted = table(whole)[4]
    alone = tmp_path / "alone"
    shutil.copytree(study / Path(wanted["bmode_file"]).parent, alone / "case")
    shutil.copy(study / "descriptors.csv", alone)
    assert sonofuse("score", alone, "--out", tmp_path / "out", "--model", model.weights).returncode == 0
    [row] = table(tmp_path / "out")
    assert row["case_id"] == wanted["case_id"]
    assert row["probability_malignant"] == wanted["probability_malignant"]


def started(study: Path, out: Path, model: ModelFile, cases: int) -> subprocess.Popen[str]:
    """A run that has scored at least so many cases and is still at work."""
    words = command("score", study, "--out", out, "--model", model.weights, "--heatmaps", "--workers", 2)
    program = subprocess.Popen(words, env=environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    journal = out / "journal.jsonl"
    until = time.monotonic() + 120
    while not journal.exists() or journal.read_bytes().count(b"\n") < cases + 1:
        assert program.poll() is None, program.communicate()
        assert time.monotonic() < until
        time.sleep(0.002)
    return program


def test_after_kill_9_resume_gives_the_same_table(
    whole: Path, study: Path, model: ModelFile, sonofuse: Run, tmp_path: Path
) -> None:
    program = started(study, tmp_path, model, cases=3)
    program.kill()
    program.communicate()
    done = sonofuse(
        "score", study, "--out", tmp_path, "--model", model.weights, "--heatmaps", "--workers", 2, "--resume"
    )
    assert done.returncode == 0, done.stderr
    taken_over = int(done.stdout.split("(")[1].split()[0])
    assert taken_over >= 3
    for name in ("results.csv", "refusals.csv", *(f"heatmaps/{p.name}" for p in (whole / "heatmaps").iterdir())):
        assert (tmp_path / name).read_bytes() == (whole / name).read_bytes(), name
    assert not list(tmp_path.rglob("*.part"))


def test_ctrl_c_leaves_valid_partial_results(whole: Path, study: Path, model: ModelFile, tmp_path: Path) -> None:
    program = started(study, tmp_path, model, cases=2)
    program.send_signal(signal.SIGINT)
    asked = time.monotonic()
    said, errors = program.communicate(timeout=30)
    assert time.monotonic() - asked < 10
    assert program.returncode == 130, errors
    assert "Traceback" not in errors
    assert "Cancelled" in said + errors
    rows = table(tmp_path)
    assert 2 <= len(rows) < 12
    assert rows == table(whole)[: len(rows)]


def test_a_study_without_a_fitting_model_is_told(sonofuse: Run, tmp_path: Path) -> None:
    from pydicom.data import get_testdata_file

    shutil.copy(str(get_testdata_file("examples_ybr_color.dcm")), tmp_path / "real.dcm")
    study = tmp_path / "study"
    study.mkdir()
    (tmp_path / "real.dcm").rename(study / "real.dcm")
    done = sonofuse("score", study, "--task", "liver_fibrosis", "--out", tmp_path / "out")
    assert done.returncode == 3
    assert "Not scored: no model" in done.stderr
    [row] = table(tmp_path / "out")
    assert row["status"] == "skipped"
    assert row["reason"].startswith("Not scored: no model")


def test_research_images_are_scored_when_a_model_is_named(
    shared_data: Path, model: ModelFile, sonofuse: Run, tmp_path: Path
) -> None:
    source = next(p.parent for p in sorted(shared_data.rglob("cases.csv")))
    folder = tmp_path / "research"
    (folder / "images").mkdir(parents=True)
    lines = (source / "cases.csv").read_text(encoding="utf-8-sig").splitlines()[:4]
    (folder / "cases.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    named = " ".join(lines)
    for image in (source / "images").iterdir():
        if image.name in named or image.stem in named:
            shutil.copy(image, folder / "images")
    done = sonofuse("score", folder, "--out", tmp_path / "out", "--model", model.weights, "--heatmaps")
    assert done.returncode == 0, done.stderr
    rows = table(tmp_path / "out")
    assert [r["status"] for r in rows] == ["scored"] * 3
    assert all("simulated images only" in r["reason"] for r in rows)
