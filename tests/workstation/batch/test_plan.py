"""The entries of a batch run: where results go by default, and what is refused before anything starts."""

from __future__ import annotations

import pytest

from engine.jobs import ModelChoice
from workstation.batch.plan import Plan, default_out, models_for


def plan(folder: str, out: str) -> Plan:
    return Plan(task="breast_lesion", folder=folder, out=out)


@pytest.mark.parametrize(
    ("folder", "out"),
    [
        ("/data/study", "/data/study-results"),
        ("/data/study/", "/data/study-results"),
        ("/data/manifest.csv", "/data/manifest-results"),
        ("/", ""),
        ("", ""),
    ],
)
def test_results_go_beside_the_study(folder: str, out: str) -> None:
    assert default_out(folder) == out


@pytest.mark.parametrize(
    ("folder", "out", "word"),
    [
        ("", "/r", "Choose the folder"),
        ("/s", " ", "for the results"),
        ("/s", "/s/", "another one than the study"),
        ("/s", "/a/../s", "another one than the study"),
        ("study", "/r", "whole paths"),
        ("/s", "/r", ""),
        ("/s", "/s/r", ""),
    ],
)
def test_what_cannot_work_is_said_before_the_start(folder: str, out: str, word: str) -> None:
    problem = plan(folder, out).problem()
    assert (word in problem) if word else not problem


def test_results_inside_the_study_are_allowed_but_noted() -> None:
    assert "inside the study" in plan("/s", "/s/results").note()
    assert not plan("/s", "/s-results").note()


def test_models_of_another_task_are_not_offered() -> None:
    def choice(name: str, task: str) -> ModelChoice:
        return ModelChoice(name=name, task=task, preset="tiny", simulated_only=True, trained_on="", not_for="")

    models = (choice("z", "breast_lesion"), choice("liver", "liver_fibrosis"), choice("a", "breast_lesion"))
    assert [m.name for m in models_for("breast_lesion", models)] == ["a", "z"]


def test_without_a_model_the_start_says_so() -> None:
    none = Plan(task="breast_lesion", folder="/s", out="/r", can_choose=False)
    assert "choose a model file" in none.problem()
    assert not Plan(task="breast_lesion", folder="/s", out="/r", model="/m.safetensors", can_choose=False).problem()
