"""What the window says of a report: its own numbers, counted again here."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from engine.domain.errors import CaseError
from workstation.evaluation.report import Report, figure_words, read_report, reports_in

CURVE = {
    "name": "malignant",
    "threshold": [1.9, 0.9, 0.6, 0.2],
    "false_positive_rate": [0.0, 0.0, 0.5, 1.0],
    "sensitivity": [0.0, 0.5, 1.0, 1.0],
    "precision": [1.0, 1.0, 2 / 3, 0.5],
    "true_positive": [0, 1, 2, 2],
    "false_positive": [0, 0, 1, 2],
    "false_negative": [2, 1, 0, 0],
    "true_negative": [2, 2, 1, 0],
}
METRICS = {
    "format": 1,
    "model": "tiny",
    "n": 4,
    "simulated": True,
    "classes": ["benign", "malignant"],
    "class_counts": {"benign": 2, "malignant": 2},
    "question": "malignant",
    "threshold": 0.6,
    "figures": {"auc": {"value": 0.875, "low": 0.5, "high": 1.0, "n": 4}},
    "curves": [CURVE],
    "confusion": [[1, 1], [0, 2]],
    "baselines": [{"name": "size of the picture", "missing": "not recorded", "auc": None}],
}
CASES = """case_id,truth,called,probability,source
a,benign,benign,0.2,phantom:4:1
b,benign,malignant,0.65,phantom:4:1
c,malignant,malignant,0.7,phantom:4:1
d,malignant,malignant,0.9,phantom:4:1
"""


@pytest.fixture
def report(tmp_path: Path) -> Report:
    folder = tmp_path / "one"
    folder.mkdir()
    (folder / "metrics.json").write_text(json.dumps(METRICS))
    (folder / "cases.csv").write_text(CASES)
    return read_report(folder)


def test_the_first_words_tell_model_cases_and_that_they_are_simulated(report: Report) -> None:
    assert report.title() == "tiny on 4 cases, simulated (2 benign, 2 malignant)"
    assert report.headline() == (("AUC", "0.875 [0.500, 1.000]"),)


def test_the_nearest_point_tells_threshold_and_counts(report: Report) -> None:
    point = report.point_near(report.curves[0], 0.4, 0.9)
    assert point.threshold == 0.6
    assert (point.hits, point.misses, point.false_alarms, point.rejections) == (2, 0, 1, 1)
    assert "from 0.600 on: sensitivity 1.000, specificity 0.500" in point.words()
    nothing = report.point_near(report.curves[0], 0.0, 0.0)
    assert nothing.words().startswith("nothing is called positive")
    assert report.point_at_sensitivity(report.curves[0], 0.7).threshold == 0.6


def test_a_cell_holds_its_cases_the_surest_first(report: Report) -> None:
    assert [c.case_id for c in report.cases_in("malignant", "malignant")] == ["d", "c"]
    assert [c.case_id for c in report.cases_in("benign", "malignant")] == ["b"]
    cells = [[len(report.cases_in(t, c)) for c in report.classes] for t in report.classes]
    assert tuple(map(tuple, cells)) == report.confusion()


def test_what_is_not_known_is_said_and_never_a_number(report: Report) -> None:
    assert report.comparisons() == (("Size of the picture", "not measured: not recorded", "", ""),)
    assert figure_words({"value": None, "low": None, "high": None}) == "not defined"


@pytest.mark.parametrize("damage", ["metrics.json", "cases.csv"])
def test_a_damaged_report_is_refused_with_a_sentence(report: Report, damage: str) -> None:
    (report.folder / damage).write_bytes(b"{")
    with pytest.raises(CaseError, match="holds no report"):
        read_report(report.folder)


def test_reports_are_listed_newest_first(report: Report, tmp_path: Path) -> None:
    (tmp_path / "nothing").mkdir()
    assert reports_in(tmp_path) == (report.folder,)
    assert reports_in(tmp_path / "absent") == ()
