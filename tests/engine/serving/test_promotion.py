"""A run's model beside the model in use: nothing is installed before it is promoted, and everything can be repeated."""

from __future__ import annotations

import csv
from dataclasses import replace
from pathlib import Path

import pytest

from engine.data.phantom import generate
from engine.domain.case import Case
from engine.domain.errors import CaseError
from engine.domain.task import load_task
from engine.domain.training import Gate, RunPhase
from engine.models.files import installed_models, user_models_folder
from engine.models.in_use import history, in_use
from engine.serving.choice import choose_model
from engine.serving.promotion import candidate, compare_run, opponent_of, promote_run
from engine.training.recipe import ModelPart, Recipe, SchedulePart
from engine.training.run_folder import read_state, write_state
from engine.training.trainer import new_run, train_run

BREAST = load_task("breast_lesion")
SIMULATED = Case(case_id="phantom", task=BREAST.name, simulated=True)
SIGNED = {"by": "A. Reader", "reason": "a trial"}


@pytest.fixture
def locked(tmp_path: Path) -> Path:
    generate(tmp_path / "locked", cases=16, seed=7)
    return tmp_path / "locked"


def trained(test_data: str, margin: float, name: str = "mine") -> Path:
    recipe = Recipe(
        name="test",
        model=ModelPart(input_size=32, options={"width": 8}),
        schedule=SchedulePart(epochs=1, batch_size=8),
    )
    run = new_run(recipe, "phantom:40:1", name=name, gate=Gate(margin=margin, test_data=test_data))
    state = train_run(run, device="cpu")
    assert state.state is RunPhase.FINISHED, state.sentence
    return run


def scored_by() -> str:
    return choose_model([SIMULATED], BREAST).card.name


def test_a_failed_gate_changes_nothing_and_can_be_tried_again(locked: Path, tmp_path: Path) -> None:
    run = trained(str(locked), margin=0.5)
    before = [file.card for file in installed_models()]
    assert scored_by() == opponent_of(candidate(run)) == "breast-demo"
    for number in (1, 2):
        found = compare_run(run, tmp_path / f"report-{number}", device="cpu")
        assert not found.judged.passed and found.judged.old_model == "breast-demo"
        assert (found.out / "report.html").is_file()
        assert scored_by() == "breast-demo"
        assert [file.card for file in installed_models()] == before and not user_models_folder().exists()
    with pytest.raises(CaseError, match="gate is not passed"):
        promote_run(run, **SIGNED, comparison=found.judged.record())
    assert history() == () and [file.card for file in installed_models()] == before


def test_a_passed_gate_installs_and_promotes_in_one_step(tmp_path: Path) -> None:
    run = trained("phantom:16:2", margin=-0.5)
    found = compare_run(run, tmp_path / "report", device="cpu")
    passed = replace(found.judged, passed=True)  # sixteen cases may say what they like of an untrained model
    with pytest.raises(CaseError, match="your name and the reason"):
        promote_run(run, by="A", reason=" ", comparison=passed.record())
    with pytest.raises(CaseError, match="Another model was put into use"):
        promote_run(run, **SIGNED, comparison=replace(passed, old_model="older").record())
    assert scored_by() == "breast-demo" and not user_models_folder().exists()
    entry = promote_run(run, **SIGNED, comparison=passed.record())
    held = in_use(BREAST.name, simulated=True)
    assert held is not None and (held.card.name, entry.model) == ("mine", "mine") and scored_by() == "mine"
    assert history()[0].comparison["difference"] == found.judged.record()["difference"]
    assert opponent_of(candidate(run)) == "breast-demo", "a model in use is not compared with itself"
    with pytest.raises(CaseError, match="mine is installed already"):
        new_run(Recipe(name="test"), "phantom:40:1", name="mine", gate=Gate(test_data="phantom:8:3"))


def test_locked_cases_that_changed_are_not_compared_on(locked: Path, tmp_path: Path) -> None:
    run = trained(str(locked), margin=-0.5)
    table = locked / "labels.csv"
    with table.open(newline="") as file:
        rows = list(csv.DictReader(file))
    rows[0]["label"] = "benign" if rows[0]["label"] == "malignant" else "malignant"
    with table.open("w", newline="") as file:
        writer = csv.DictWriter(file, ["case_id", "label"])
        writer.writeheader()
        writer.writerows(rows)
    with pytest.raises(CaseError, match="locked test cases have changed"):
        compare_run(run, tmp_path / "report", device="cpu")
    assert not (tmp_path / "report").exists()


def test_a_run_without_a_gate_is_not_compared(tmp_path: Path) -> None:
    run = trained("phantom:16:2", margin=0.0)
    write_state(run, replace(read_state(run), gate=None))
    with pytest.raises(CaseError, match="No promotion gate"):
        compare_run(run, tmp_path / "report", device="cpu")
