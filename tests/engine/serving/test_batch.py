"""A folder through the whole line, decode children included."""

from __future__ import annotations

import csv
import json
import os
import shutil
from pathlib import Path

import cv2
import numpy as np
import pytest

from engine.data.decoding import Decoder
from engine.data.folder import open_folder
from engine.domain.errors import CaseError, ErrorKind
from engine.domain.task import load_task
from engine.models.files import ModelFile
from engine.serving.batch import score_folder
from engine.serving.batch_options import BatchOptions
from engine.serving.pictures import file_stem
from engine.serving.predictor import Predictor
from tests.engine.explain.models import SIZE


def options(study: Path, out: Path, model: Path, **more: object) -> BatchOptions:
    return BatchOptions(folder=study, out=out, model=str(model), workers=1, **more)  # type: ignore[arg-type]


def table(out: Path) -> list[dict[str, str]]:
    with (out / "results.csv").open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def whole(study: Path, model_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Output of a run with everything switched on; do not change it."""
    out = tmp_path_factory.mktemp("whole")
    summary = score_folder(options(study, out, model_folder, heatmaps=True, contributions=True, dropout_passes=4))
    assert (summary.scored, summary.failed, summary.skipped, summary.exit_code) == (5, 0, 0, 0)
    return out


def test_the_table_holds_what_the_predictor_says_of_each_case_alone(
    whole: Path, study: Path, model_file: ModelFile
) -> None:
    cases = {c.case_id: c for c in open_folder(str(study)).cases}
    rows = table(whole)
    assert [r["case_id"] for r in rows] == list(cases)
    with Predictor(model_file, "cpu") as predictor, Decoder() as decoder:
        for row in rows:
            prepared = decoder.prepare_case(cases[row["case_id"]], load_task("breast_lesion"), SIZE)
            [alone] = predictor.predict([prepared], contributions=True, dropout_passes=4)
            assert float(row["probability_malignant"]) == alone.probability("malignant")
            assert float(row["contribution_doppler"]) == (alone.contributions or {})["doppler"]
            assert float(row["shapley_bmode"]) == (alone.shapley or {})["bmode"]
            assert alone.doubt is not None and row["dropout_passes"] == "4"
            assert float(row["probability_low"]) == alone.doubt.low
            assert float(row["uncertainty_epistemic"]) == alone.doubt.epistemic
            assert (study / row["bmode_file"]).is_file()
            assert (study / row["second_file"]).is_file()


def test_every_image_has_its_heatmap_and_thumbnail(whole: Path, study: Path) -> None:
    for row in table(whole):
        for modality in ("bmode", "doppler"):
            picture = cv2.imread(str(whole / "heatmaps" / f"{row['case_id']}_{modality}.png"))
            assert picture is not None
            assert np.ptp(picture) > 100
            assert (whole / "thumbnails" / f"{row['case_id']}_{modality}.jpg").is_file()
    assert (whole / "index.html").read_text(encoding="utf-8").count("<article") == 5


def test_the_recipe_tells_how_to_get_the_numbers_again(whole: Path, model_file: ModelFile) -> None:
    recipe = json.loads((whole / "run.json").read_text(encoding="utf-8"))
    assert recipe["model"]["sha256"] == model_file.card.sha256
    assert recipe["arguments"]["heatmaps"] is True
    assert {"python", "torch", "numpy", "pydicom"} <= set(recipe["versions"])
    with (whole / "timings.csv").open(newline="", encoding="utf-8") as file:
        assert all(float(r["model_ms"]) > 0 for r in csv.DictReader(file))


def test_the_same_folder_gives_the_same_bytes(whole: Path, study: Path, model_folder: Path, tmp_path: Path) -> None:
    score_folder(options(study, tmp_path, model_folder, heatmaps=True, contributions=True, dropout_passes=4))
    for name in ("results.csv", "refusals.csv", *(f"heatmaps/{p.name}" for p in (whole / "heatmaps").iterdir())):
        assert (tmp_path / name).read_bytes() == (whole / name).read_bytes(), name


@pytest.fixture
def spoiled(study: Path, tmp_path: Path) -> Path:
    """The study with one image cut, one emptied, a text file and a broken link."""
    copy = tmp_path / "spoiled"
    shutil.copytree(study, copy)
    files = sorted(copy.rglob("*.dcm"))
    files[0].write_bytes(files[0].read_bytes()[: files[0].stat().st_size // 2])
    files[2].write_bytes(b"")
    (copy / "notes.txt").write_text("not an image")
    (copy / "broken").symlink_to(copy / "nowhere")
    return copy


def test_bad_files_cost_their_own_rows_only(spoiled: Path, whole: Path, model_folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    summary = score_folder(options(spoiled, out, model_folder, contributions=True, dropout_passes=4))
    assert summary.exit_code == 0
    untouched = {r["case_id"]: r for r in table(whole)}
    same = [r for r in table(out) if r == untouched.get(r["case_id"])]
    assert len(same) >= 3
    failed = [r for r in table(out) if r["status"] == "failed"]
    assert any(r["bmode_file"].endswith("image-1.dcm") and r["reason"] for r in failed)
    with (out / "refusals.csv").open(newline="", encoding="utf-8") as file:
        refused = {r["file"]: r["reason"] for r in csv.DictReader(file)}
    assert refused["notes.txt"]
    assert not any(r["bmode_file"] == "notes.txt" for r in table(out))


def test_resume_scores_nothing_twice(study: Path, model_folder: Path, whole: Path, tmp_path: Path) -> None:
    chosen = options(study, tmp_path, model_folder, contributions=True, dropout_passes=4)
    score_folder(chosen)
    lines = (tmp_path / "journal.jsonl").read_text(encoding="utf-8").splitlines(keepends=True)
    (tmp_path / "journal.jsonl").write_text("".join(lines[:4]) + lines[4][:20], encoding="utf-8")
    (tmp_path / "results.csv").unlink()
    again = score_folder(options(study, tmp_path, model_folder, contributions=True, dropout_passes=4, resume=True))
    assert (again.scored, again.resumed) == (5, 3)
    assert (tmp_path / "results.csv").read_bytes() == (whole / "results.csv").read_bytes()
    nothing_left = score_folder(
        options(study, tmp_path, model_folder, contributions=True, dropout_passes=4, resume=True)
    )
    assert (nothing_left.scored, nothing_left.resumed) == (5, 5)
    with pytest.raises(CaseError, match="other options"):
        score_folder(options(study, tmp_path, model_folder, contributions=False, resume=True))


def test_a_cancelled_run_leaves_valid_partial_results(
    study: Path, model_folder: Path, whole: Path, tmp_path: Path
) -> None:
    def stop(step: int, total: int, phase: str) -> None:
        if phase == "scoring" and step == 2:
            raise KeyboardInterrupt

    summary = score_folder(options(study, tmp_path, model_folder, contributions=True, dropout_passes=4), stop)
    assert (summary.cancelled, summary.exit_code) == (True, 130)
    assert table(tmp_path) == table(whole)[:2]
    resumed = score_folder(options(study, tmp_path, model_folder, contributions=True, dropout_passes=4, resume=True))
    assert resumed.resumed == 2
    assert (tmp_path / "results.csv").read_bytes() == (whole / "results.csv").read_bytes()


def test_a_folder_without_cases_is_told(model_folder: Path, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    summary = score_folder(options(tmp_path / "empty", tmp_path / "out", model_folder))
    assert summary.exit_code == 3
    assert "No ultrasound case was found in empty" in summary.first_reason
    assert table(tmp_path / "out") == []


def test_file_names_never_come_from_ids() -> None:
    assert file_stem("c-0123abc") == "c-0123abc"
    hostile = ["../../etc/passwd", "a/b", "..", "", "a" * 300, "nul\0", "ä", "a.b", "\udcff"]
    for name in hostile:
        stem = file_stem(name)
        assert stem.startswith("case-")
        assert os.sep not in stem
    assert len({file_stem(n) for n in hostile}) == len(hostile)


def test_a_full_disk_is_told_and_nothing_is_lost(
    study: Path, model_folder: Path, small_disk: Path, tmp_path: Path
) -> None:
    out = small_disk / "out"
    out.mkdir()
    (out / "results.csv").write_text("from before")
    filler = small_disk / "filler"
    with filler.open("wb", buffering=0) as file, pytest.raises(OSError, match="space"):
        while True:
            file.write(b"x" * 4096)
    with pytest.raises(CaseError, match="Free some space") as caught:
        score_folder(options(study, out, model_folder))
    assert caught.value.kind is ErrorKind.STORAGE
    assert (out / "results.csv").read_text() == "from before"
    filler.unlink()
    assert score_folder(options(study, out, model_folder, resume=True)).exit_code == 0


def test_a_row_of_descriptors_that_cannot_be_used_is_told(study: Path, model_folder: Path, tmp_path: Path) -> None:
    own = tmp_path / "study"
    shutil.copytree(study, own)
    lines = (own / "descriptors.csv").read_text(encoding="utf-8").splitlines()
    case_id = lines[1].split(",")[0]
    lines[1] = f"{case_id},somewhere" + "," * 9
    (own / "descriptors.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    summary = score_folder(options(own, tmp_path / "out", model_folder))
    assert (summary.scored, summary.exit_code) == (5, 0)
    assert "descriptors.csv, row 2: location: 'somewhere'" in summary.tables
    [row] = [r for r in table(tmp_path / "out") if r["case_id"] == case_id]
    assert "Descriptors missing" in row["reason"]
