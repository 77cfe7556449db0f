"""Worse inputs: severity 0 is the cases as they are, damage is the same every time, and the report tells all of it."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from engine.domain.errors import CaseError
from engine.domain.task import load_task
from engine.evaluation.roc import auc
from engine.models.files import ModelFile
from engine.serving.evaluation.corruption import IMAGES, SEVERITIES, damages, worsened
from engine.serving.evaluation.run import report
from engine.serving.evaluation.scoring import scored_cases
from engine.serving.evaluation.worse_inputs import worse_inputs
from engine.training.cases import LabelledCases
from engine.training.sources import load_cases

ALL = ("bmode", "doppler", "descriptors")
ROWS = np.arange(12)


@pytest.fixture(scope="module")
def cases(model_file: ModelFile) -> LabelledCases:
    return load_cases("phantom:12:4", load_task("breast_lesion"), model_file.card.input_size)


def same(first: LabelledCases, second: LabelledCases) -> bool:
    pixels = all(np.array_equal(first.images[m], second.images[m]) for m in first.images)
    rest = np.array_equal(first.descriptors, second.descriptors) and np.array_equal(first.present, second.present)
    return pixels and rest


def test_six_severities_of_eight_kinds(cases: LabelledCases) -> None:
    kinds = [damage.kind for damage in damages(cases, ALL)]
    assert len(SEVERITIES) >= 6 and SEVERITIES[0] == 0.0 and len(kinds) == 8
    assert [damage.kind for damage in damages(cases, ("bmode",))] == [damage.kind for damage in IMAGES]
    assert [d.kind for d in damages(cases, ("descriptors",))] == ["descriptors_missing", "descriptors_random"]


def test_damage_is_none_at_0_grows_and_does_not_depend_on_the_batch(cases: LabelledCases) -> None:
    for damage in damages(cases, ALL):
        assert same(worsened(cases, ROWS, damage.kind, 0.0), cases)
        worst = worsened(cases, ROWS, damage.kind, 1.0)
        assert not same(worst, cases), damage.kind
        assert same(worst.only(ROWS[5:8]), worsened(cases, ROWS[5:8], damage.kind, 1.0))
        if damage in IMAGES:
            away = [
                np.abs(worsened(cases, ROWS, damage.kind, s).images["bmode"].astype(float) - cases.images["bmode"])
                for s in SEVERITIES
            ]
            assert np.all(np.diff([a.mean() for a in away]) > 0), damage.kind
            assert np.array_equal(worst.descriptors, cases.descriptors)


def test_shares_are_exact_and_nested(cases: LabelledCases) -> None:
    before = np.zeros(12, bool)
    for severity in SEVERITIES:
        missing = worsened(cases, ROWS, "descriptors_missing", severity)
        gone = cases.present[:, 2] & ~missing.present[:, 2]
        assert gone.sum() == round(severity * 12) and np.all(gone >= before)
        assert not missing.descriptors[gone].any()
        before = gone
    grey = worsened(cases, ROWS, "colour_dropped", 1.0).images["doppler"]
    assert np.ptp(grey, axis=3).max() == 0 and np.ptp(cases.images["doppler"], axis=3).max() > 50
    others = worsened(cases, ROWS, "descriptors_random", 1.0).descriptors
    assert sorted(map(bytes, others)) == sorted(map(bytes, cases.descriptors))


def test_severity_0_is_the_plain_auc(cases: LabelledCases, model_file: ModelFile) -> None:
    scored = scored_cases(model_file, cases, data="phantom:12:4")
    plain = auc(scored.question.probability, scored.question.positive)
    severities = (0.0, 0.5, 1.0)
    curves = worse_inputs(model_file, cases, scored, severities=severities)
    assert len(curves) == 8 and all(curve.auc[0] == plain for curve in curves)
    assert all(curve.late_fusion[0] == curves[0].late_fusion[0] for curve in curves)
    for curve in curves:
        values = [figure.value for figure in curve.auc]
        late = [figure.value for figure in curve.late_fusion]
        assert curve.relative == pytest.approx(values[0] / 4 + values[1] / 2 + values[2] / 4)
        assert curve.effective == pytest.approx(sum(values) - sum(late) - 3 * (values[0] - late[0]))
    assert worse_inputs(model_file, cases, scored, severities=severities, batch_size=5) == curves
    # All descriptors missing is the model's answer without them, which was scored already.
    without = auc(scored.subsets[("bmode", "doppler")][:, 1], scored.question.positive)
    missing = next(curve for curve in curves if curve.kind == "descriptors_missing")
    assert missing.auc[-1].value == pytest.approx(without.value)


def test_the_report_tells_it(model_file: ModelFile, tmp_path: Path) -> None:
    made = report(model=model_file, data="phantom:12:4", out=tmp_path, device="cpu", robustness=True)
    table = json.loads((tmp_path / "metrics.json").read_text())
    assert {len(curve["auc"]) for curve in table["robustness"]} == {len(SEVERITIES)}
    assert {curve["auc"][0]["value"] for curve in table["robustness"]} == {table["figures"]["auc"]["value"]}
    assert {"figures/robustness.png", "figures/robustness.svg"} <= set(made.files)
    text = (tmp_path / "report.html").read_text()
    assert "<h2" in text and "Worse inputs" in text and "no separately trained system" in text


def test_without_a_model_nothing_can_be_made_worse(tmp_path: Path) -> None:
    with pytest.raises(CaseError, match="name a model"):
        report(data="phantom:12:4", out=tmp_path, predictions=tmp_path / "p.csv", robustness=True)
