"""The form says what is missing, one thing at a time, and changes only what the person changed."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from engine.domain.training import Problem
from engine.jobs.training import DataReport, RecipeLine
from workstation.admin.new_run import Entries, report_words, worst_first

RECIPE = RecipeLine(
    name="recommended",
    title="Recommended",
    source="",
    starts_from="",
    folds=0,
    toml="",
    figures={"schedule.epochs": 30.0, "optimiser.lr": 0.001, "seed": 0.0},
)
DATA = "phantom:40:1"
REPORT = DataReport(
    data=DATA,
    task="breast_lesion",
    n=40,
    patients=40,
    classes={"benign": 0, "malignant": 0},
    modalities={"bmode": 40},
    simulated=True,
    folds=0,
    locked="phantom:40:2",
    n_locked=40,
)
GOOD = Entries(
    task="breast_lesion",
    data=DATA,
    recipe=RECIPE,
    name="my-model",
    figures=RECIPE.figures,
    test_data="phantom:40:2",
    report=REPORT,
)


def test_what_is_whole_has_no_problem_and_asks_for_nothing_unchanged() -> None:
    assert GOOD.problem() == ""
    request = GOOD.request()
    assert request.changes == {}
    assert request.gate is not None and request.gate.test_data == "phantom:40:2"
    by_sensitivity = replace(GOOD, metric="sensitivity", margin=-0.05).request().gate
    assert by_sensitivity is not None and (by_sensitivity.metric, by_sensitivity.margin) == ("sensitivity", -0.05)


def test_changed_numbers_are_asked_for_as_what_they_are() -> None:
    changed = replace(GOOD, figures={"schedule.epochs": 3.0, "optimiser.lr": 1.0, "seed": 0.0}).request().changes
    assert changed == {"schedule.epochs": 3, "optimiser.lr": 1.0}
    assert isinstance(changed["schedule.epochs"], int) and isinstance(changed["optimiser.lr"], float)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"data": ""}, "Choose labelled cases"),
        ({"data": "/nowhere"}, "the training cases"),
        ({"test_data": "/nowhere"}, "the locked test cases"),
        ({"recipe": None}, "Choose a recipe"),
        ({"recipe": replace(RECIPE, starts_from="a model")}, "goes on from a model"),
        ({"name": "../up"}, "letters, digits"),
        ({"name": "in-use", "taken": frozenset({"in-use"})}, "in-use is installed already"),
        ({"test_data": DATA}, "must not be training cases"),
        ({"test_data": "phantom:40:3"}, "being looked at"),
        ({"report": None}, "being looked at"),
        ({"report": replace(REPORT, data="phantom:1:1")}, "being looked at"),
        ({"report": replace(REPORT, n=0)}, "mended first"),
    ],
)
def test_what_is_missing_is_said(change: dict[str, object], words: str) -> None:
    assert words in replace(GOOD, **change).problem()  # type: ignore[arg-type]


def test_locked_cases_may_not_be_a_part_of_the_training_cases(tmp_path: Path) -> None:
    mixed = f"{tmp_path} + phantom:40:2"
    assert "must not be" in replace(GOOD, data=mixed, report=replace(REPORT, data=mixed)).problem()


def test_problems_that_block_come_first() -> None:
    problems = (
        Problem(kind="unknown term", sentence="a", line=3),
        Problem(kind="missing file", sentence="b", case_id="c1", blocks=True),
    )
    rows = worst_first(replace(REPORT, problems=problems))
    assert rows == [("missing file (blocks)", "b", "c1"), ("unknown term", "a", "line 3")]
    assert report_words(REPORT) == "40 cases of 40 patients. Inputs: bmode 40. All simulated. 40 locked test cases."
