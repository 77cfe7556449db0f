"""The gate is judged by the paired interval on the locked cases, and by nothing else."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from engine.domain.training import Gate
from engine.jobs.training import InUseLine
from workstation.admin.promotion import gate_words, in_use_name, verdict
from workstation.evaluation.report import Report

GATE = Gate(metric="auc", margin=-0.02, test_data="locked/")


def figure(value: float, low: float, high: float) -> dict[str, float]:
    return {"value": value, "low": low, "high": high, "n": 200}


def report(difference: dict[str, float] | None) -> Report:
    table: dict[str, Any] = {"figures": {"auc": figure(0.9, 0.85, 0.95)}, "against": []}
    if difference is not None:
        other = {"other": "old", "auc": figure(0.9, 0.85, 0.95), "other_auc": figure(0.89, 0.84, 0.94)}
        table["against"] = [{**other, "difference": {"difference": difference, "p_value": 0.4}}]
    return Report(folder=Path(), table=table, cases=())


@pytest.mark.parametrize(("low", "passed"), [(-0.02, True), (-0.0201, False), (0.01, True), (-0.3, False)])
def test_the_lower_end_of_the_interval_decides(low: float, passed: bool) -> None:
    found = verdict(GATE, report(figure(0.01, low, 0.04)))
    assert found.passed is passed
    assert ("is passed" in found.sentence) is passed
    assert "New 0.900 [0.850, 0.950], old 0.890 [0.840, 0.940], difference +0.010" in found.sentence


def test_what_was_decided_on_is_kept() -> None:
    found = verdict(GATE, report(figure(0.01, 0.0, 0.02))).comparison
    assert found["test_data"] == "locked/"
    assert found["old_model"] == "old"
    assert found["difference"]["low"] == 0.0


def test_without_a_model_in_use_the_figure_stands_alone() -> None:
    found = verdict(GATE, report(None))
    assert found.passed
    assert found.sentence.startswith("No model is in use")


def test_a_run_without_locked_cases_says_that_it_cannot_be_promoted() -> None:
    assert "cannot be promoted" in gate_words(None)
    assert "not more than 0.020 below" in gate_words(GATE)
    assert "at least 0.010 above" in gate_words(Gate(margin=0.01, test_data="locked/"))


def line(model: str, *, current: bool, simulated: bool = False) -> InUseLine:
    facts = {"task": "breast_lesion", "sha256": "0" * 64, "by": "A", "reason": "b", "at": "2026-11-21T00:00:00+00:00"}
    return InUseLine(**facts, model=model, simulated=simulated, current=current)


def test_the_promoted_model_comes_before_the_shipped_one() -> None:
    record = (line("older", current=False), line("newer", current=True), line("other", current=True, simulated=True))
    assert in_use_name(record, "breast_lesion", False, ["shipped"]) == "newer"
    assert in_use_name((line("", current=True),), "breast_lesion", False, ["shipped"]) == "shipped"
    assert in_use_name((), "breast_lesion", False) == ""
