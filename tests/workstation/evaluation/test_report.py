"""What the window says of a report: its own numbers, counted again here."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from engine.domain.errors import CaseError
from engine.domain.task import load_task
from engine.evaluation.json_table import plain
from engine.models.files import save_model
from engine.models.registry import create_model
from engine.serving.evaluate import evaluation_of
from engine.serving.evaluation.case_table import case_table
from engine.serving.evaluation.run import judged
from engine.serving.evaluation.scoring import scored_cases
from engine.training.sources import load_cases
from tests.workstation.material import write_report
from workstation.evaluation.all_figures import stage_rows
from workstation.evaluation.modalities import subset_rows
from workstation.evaluation.report import Report, figure_words, read_report, reports_in


@pytest.fixture
def report(tmp_path: Path) -> Report:
    return read_report(write_report(tmp_path / "one"))


def test_the_first_words_tell_model_cases_and_that_they_are_simulated(report: Report) -> None:
    assert report.title() == "tiny on 4 cases, simulated (2 benign, 2 malignant)"
    assert report.headline() == (("AUC", "0.875 [0.500, 1.000]"),)


def test_the_figures_of_stages_stand_after_those_of_the_question(tmp_path: Path) -> None:
    made = create_model("stiffness_cutoffs", load_task("liver_fibrosis"), "recommended")
    file = save_model(made, tmp_path / "model", name="stiffness", threshold=None)
    cases = load_cases("phantom:40:4", load_task("liver_fibrosis"), file.card.input_size)
    scored = scored_cases(file, cases, data="phantom:40:4")
    told = judged(scored)
    table = {"format": 1, **told.as_table(), **evaluation_of(file, scored).as_table()}
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "metrics.json").write_text(json.dumps(plain(table)))
    (tmp_path / "out" / "cases.csv").write_bytes(case_table(scored, told, None))
    shown = read_report(tmp_path / "out")
    names = [name for name, _ in shown.headline()]
    assert names[0] == "AUC, F2 or more" and "Sensitivity" in names
    last = names[names.index("AUC, mean of stages") :]
    assert last == [
        "AUC, mean of stages",
        "Accuracy",
        "Kappa, quadratic",
        "Mean error in stages",
        "Within one stage",
        "Calibration error of stages",
    ]
    away = [abs(int(case.truth[1]) - int(case.called[1])) for case in shown.cases]
    values = dict(shown.headline())
    assert values["Mean error in stages"].startswith(f"{sum(away) / len(away):.3f} [")
    assert values["Within one stage"].startswith(f"{sum(far <= 1 for far in away) / len(away):.3f} [")
    rows = {name: value for name, value, _ in stage_rows(shown)}
    assert {"AUC, F4 against the others", "AUC, from F1 on"} <= rows.keys()
    assert [row[0] for row in subset_rows(shown)] and subset_rows(shown)[-1][2] != "not defined"


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


def test_a_case_is_looked_for_in_the_folder_that_bears_its_source(report: Report) -> None:
    several = replace(report, table={**report.table, "data": "/data/first/ + /data/second + phantom:4:1"})
    line = report.cases[0]
    assert several.source_of(replace(line, source="second")) == "/data/second"
    assert several.source_of(replace(line, source="first")) == "/data/first/"
    assert several.source_of(line) == "phantom:4:1"
    assert several.source_of(replace(line, source="")) == "/data/first/"


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
