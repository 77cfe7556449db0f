"""The gate and its verdict in words, and the figures of a run."""

from __future__ import annotations

from dataclasses import replace

from engine.domain.gate import Judged
from engine.domain.training import Gate, RunState
from workstation.admin.promotion import compared_words, gate_words, verdict_words
from workstation.admin.run_words import result_rows

GATE = Gate(metric="auc", margin=-0.02, test_data="locked/")
JUDGED = Judged(
    passed=True,
    gate=GATE,
    new={"value": 0.9, "low": 0.85, "high": 0.95, "n": 200},
    old_model="old",
    old={"value": 0.89, "low": 0.84, "high": 0.94, "n": 200},
    difference={"value": 0.01, "low": -0.01, "high": 0.03, "n": 200},
    p_value=0.4,
)


def test_the_verdict_tells_both_models_the_interval_and_p() -> None:
    words = verdict_words(JUDGED)
    assert "AUC: new 0.900 [0.850, 0.950], old 0.890 [0.840, 0.940]" in words
    assert "difference +0.010 [-0.010, +0.030], p = 0.400" in words and "is passed" in words
    assert "is not passed" in verdict_words(replace(JUDGED, passed=False))
    other = replace(JUDGED, gate=replace(GATE, metric="sensitivity"))
    assert verdict_words(other).startswith("Sensitivity at the operating point: new")


def test_without_a_model_in_use_the_figure_stands_alone() -> None:
    alone = replace(JUDGED, old_model="", old=None, difference=None, p_value=None)
    assert verdict_words(alone).startswith("No model is in use")


def test_the_record_names_the_metric_that_was_decided_on() -> None:
    assert compared_words({}) == ""
    other = replace(JUDGED, gate=replace(GATE, metric="specificity"))
    words = compared_words(other.record())
    assert words.startswith("Specificity at the operating point 0.900") and words.endswith("p = 0.400 against old")


def test_a_run_without_locked_cases_says_that_it_cannot_be_promoted() -> None:
    assert "cannot be promoted" in gate_words(None)
    assert "AUC not more than 0.020 below" in gate_words(GATE)
    assert "at least 0.010 above" in gate_words(Gate(margin=0.01, test_data="locked/"))
    assert "Specificity" in gate_words(Gate(metric="specificity", test_data="locked/"))


def test_the_spread_over_the_folds_names_its_divisor() -> None:
    folds = {"auc": {"mean": 0.9, "sd": 0.02, "ddof": 1, "values": [0.88, 0.92]}}
    state = RunState(run_id="r", name="n", task="t", data="d", recipe="r", created_at="", result={"folds": folds})
    assert ("auc of the folds, mean ± SD (ddof 1)", "0.900 ± 0.020") in result_rows(state)
