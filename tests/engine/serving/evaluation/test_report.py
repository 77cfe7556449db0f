"""The whole report: files, what the window reads from them, repeatability, documents and the tables of predictions."""

from __future__ import annotations

import csv
import io
import json
import re
from dataclasses import replace
from itertools import islice
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from engine.domain.errors import CaseError
from engine.domain.task import load_task
from engine.evaluation.judgement import judge
from engine.models.files import ModelFile, load_model, save_model
from engine.models.registry import create_model
from engine.serving.evaluation.document import Material, document
from engine.serving.evaluation.figures.album import album
from engine.serving.evaluation.pdf import as_pdf
from engine.serving.evaluation.run import report
from engine.serving.evaluation.written import Report
from engine.training.out_of_fold import predictions_csv
from engine.training.scoring import logits_of
from engine.training.sources import load_cases

DATA = "phantom:24:4"


Heard = list[tuple[int, int, str]]


@pytest.fixture(scope="module")
def heard() -> Heard:
    """What was told while the report was made."""
    return []


@pytest.fixture(scope="module")
def made(model_file: ModelFile, heard: Heard, tmp_path_factory: pytest.TempPathFactory) -> Report:
    def hear(step: int, total: int, words: str) -> None:
        heard.append((step, total, words))

    return report(model=model_file, data=DATA, out=tmp_path_factory.mktemp("report"), device="cpu", on_progress=hear)


def test_every_part_is_told_before_it_is_made(made: Report, heard: Heard) -> None:
    begin = next(i for i, (_, _, words) in enumerate(heard) if words == "placing the cases on their map")
    written = heard[begin:]
    total = written[0][1]
    assert {of for _, of, _ in written} == {total} and total > 15
    assert [step for step, _, _ in written] == list(range(total + 1))
    assert written[-1] == (total, total, "the report is written")
    words = [said for _, _, said in written]
    for title in ("ROC curve", "Modalities", "Fused features", "Maps with random weights"):
        assert f"drawing: {title}" in words
    assert (
        words.index("picturing the worst mistakes") < words.index("setting the page") < words.index("setting the PDF")
    )
    drawn = [name for name in made.files if name.startswith("figures/") and name.endswith(".png")]
    assert len([said for said in words if said.startswith("drawing: ")]) >= len(drawn)

    checked = [step for step, _, said in heard[:begin] if said == "checking maps with random weights"]
    assert checked == list(range(27))  # three draws of nine steps
    before = heard[:begin]
    assert any(step == 0 and said.startswith("running ") for step, _, said in before)
    assert "counting figures and intervals" in [said for _, _, said in before]


def test_all_files_are_there(made: Report) -> None:
    assert {"cases.csv", "metrics.json", "report.html", "report.pdf", "figures/roc.png", "figures/roc.svg"} <= set(
        made.files
    )
    for name in made.files:
        path = made.folder / name
        assert path.stat().st_size > 200, name
        if name.endswith(".png"):
            with Image.open(path) as picture:
                picture.verify()
    assert (made.folder / "report.pdf").read_bytes().startswith(b"%PDF")


def test_metrics_hold_what_the_window_draws(made: Report) -> None:
    table = json.loads((made.folder / "metrics.json").read_text())
    assert table["use"] == "Research use, not a medical device." and table["simulated"] is True
    rows = list(csv.DictReader(io.StringIO((made.folder / "cases.csv").read_text())))
    assert len(rows) == table["n"] == 24
    assert not any("patient" in name for name in rows[0])
    curve = table["curves"][0]
    chance = np.array([float(row["probability"]) for row in rows])
    truth = np.array([row["truth"] == "malignant" for row in rows])
    for place in (3, len(curve["threshold"]) - 1):
        called = chance >= curve["threshold"][place] - 1e-5
        assert curve["true_positive"][place] == (called & truth).sum()
        assert curve["false_positive"][place] == (called & ~truth).sum()
    for i, name in enumerate(table["classes"]):
        for j, call in enumerate(table["classes"]):
            cell = [r for r in rows if r["truth"] == name and r["called"] == call]
            assert len(cell) == table["confusion"][i][j]
    assert table["rows"][-1]["modalities"] == ["bmode", "doppler", "descriptors"]
    assert table["randomisation"]["steps"][0]["similarity"]["value"] == pytest.approx(1.0)


def test_html_needs_nothing_else(made: Report) -> None:
    text = (made.folder / "report.html").read_text()
    assert "<script" not in text.lower()
    sources = re.findall(r'(?:src|href)="([^"]{0,30})', text)
    assert sources and all(source.startswith("data:image/") for source in sources)
    assert "url(" not in text and "@import" not in text
    assert "Simulated data" in text and "Research use, not a medical device." in text
    assert "24 simulated cases" in text


def test_the_same_answers_give_the_same_bytes(made: Report) -> None:
    again = judge(made.scored)
    assert again.as_table() == made.judgement.as_table()
    for drawn in islice(album(again, made.scored, None), 2):
        assert drawn.png == (made.folder / f"figures/{drawn.name}.png").read_bytes()
        assert drawn.svg == (made.folder / f"figures/{drawn.name}.svg").read_bytes()
    told = document(Material(judgement=again, pictures={drawn.name: drawn}))
    assert as_pdf(told) == as_pdf(told)


def test_shapley_values_sum_to_the_answer(made: Report) -> None:
    scored = made.scored
    assert scored.shapley is not None
    logits = scored.logits[:, 0].astype(np.float64) / scored.temperature
    nothing = logits - scored.shapley.sum(axis=1)
    assert np.ptp(nothing) < 1e-4  # the answer to no modality at all is the same for every case


def test_two_models_and_a_table_of_predictions(made: Report, model_file: ModelFile, tmp_path: Path) -> None:
    cases = load_cases(DATA, load_task("breast_lesion"), model_file.card.input_size)
    logits = logits_of(load_model(model_file), cases)
    table = tmp_path / "out_of_fold.csv"
    table.write_bytes(predictions_csv(cases, logits, np.arange(24) % 4 + 1))
    read = report(
        data=DATA, out=tmp_path / "read", model=model_file, predictions=table, against=str(model_file.weights)
    )
    np.testing.assert_allclose(read.scored.probabilities, made.scored.probabilities, atol=1e-6)
    assert read.judgement.figures.auc.value == pytest.approx(made.judgement.figures.auc.value)
    versus = read.judgement.against[0]
    assert versus.n == 24 and abs(versus.difference.difference.value) < 1e-9
    assert "predictions read from out_of_fold.csv" in (tmp_path / "read" / "report.html").read_text()
    table.write_text("case_id,target\n1,benign\n")
    with pytest.raises(CaseError, match="no table of predictions"):
        report(data=DATA, out=tmp_path / "x", predictions=table)


def test_five_stages(tmp_path: Path) -> None:
    torch.manual_seed(0)
    model = create_model("mhfnet", load_task("liver_fibrosis"), "tiny", width=4, input_size=32)
    file = save_model(model, tmp_path / "model", name="liver", threshold=None)
    made = report(model=file, data="phantom:40:4", out=tmp_path / "out", device="cpu")
    assert "figures/class_curves.png" in made.files
    assert any(name.startswith("gallery/wrong-stage") for name in made.files)
    table = json.loads((tmp_path / "out" / "metrics.json").read_text())
    assert table["question"] == "F2 or more" and len(table["confusion"]) == 5
    assert "quadratic_kappa" in table["stage_bootstrap"]


def test_what_cannot_be_reported_is_told(model_file: ModelFile, tmp_path: Path) -> None:
    with pytest.raises(CaseError, match="Name a model"):
        report(data=DATA, out=tmp_path)
    with pytest.raises(CaseError, match="no case in fold 3"):
        report(model=model_file, data=DATA, out=tmp_path, fold=3)
    with pytest.raises(CaseError, match="same answer"):
        report(model=model_file, data="phantom:1:4", out=tmp_path)


def test_a_card_that_names_the_data_is_told(made: Report) -> None:
    assert made.evaluation is not None
    file = made.evaluation.model
    for recipe, warned in (({"data": DATA}, True), ({"data": "phantom:24:41"}, False)):
        known = replace(file, card=replace(file.card, recipe=recipe))
        evaluation = replace(made.evaluation, model=known)
        told = document(Material(judgement=made.judgement, pictures={}, evaluation=evaluation))
        assert ("figures are too good" in " ".join(told.sections[0].sentences)) is warned
