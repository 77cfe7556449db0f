"""The gate is judged by the paired interval of its own metric on the locked cases, and by nothing else."""

from __future__ import annotations

from typing import Any

import pytest

from engine.domain.gate import judge_gate
from engine.domain.training import Gate

GATE = Gate(metric="auc", margin=-0.02, test_data="locked/", digest="d" * 64)


def figure(value: float, low: float, high: float) -> dict[str, float]:
    return {"value": value, "low": low, "high": high, "n": 200}


def metrics(**lows: float) -> dict[str, Any]:
    """metrics.json of a report beside another model, by the lower end of each difference."""
    own, other = figure(0.9, 0.85, 0.95), figure(0.89, 0.84, 0.94)
    paired = {n: {"difference": figure(0.01, low, 0.04), "p_value": 0.4} for n, low in lows.items()}
    against = {
        "other": "old",
        "figures": dict.fromkeys(lows, own),
        "other_figures": dict.fromkeys(lows, other),
        "differences": paired,
    }
    return {"figures": {"auc": own}, "against": [against]}


@pytest.mark.parametrize(("low", "passed"), [(-0.02, True), (-0.0201, False), (0.01, True), (-0.3, False)])
def test_the_lower_end_of_the_interval_decides(low: float, passed: bool) -> None:
    found = judge_gate(GATE, metrics(auc=low))
    assert found.passed is passed
    assert ("is passed" in found.sentence()) is passed
    assert "new 0.900 [0.850, 0.950], old 0.890 [0.840, 0.940], difference +0.010" in found.sentence()
    assert "p = 0.400" in found.sentence()


@pytest.mark.parametrize("metric", ["sensitivity", "specificity"])
def test_another_metric_is_judged_by_its_own_interval(metric: str) -> None:
    gate = Gate(metric=metric, margin=-0.02, test_data="locked/")
    assert judge_gate(gate, metrics(**{"auc": -0.5, metric: 0.0})).passed
    assert not judge_gate(gate, metrics(**{"auc": 0.0, metric: -0.5})).passed


def test_what_was_decided_on_is_kept() -> None:
    found = judge_gate(GATE, metrics(auc=0.0)).record()
    assert (found["test_data"], found["test_digest"], found["old_model"]) == ("locked/", "d" * 64, "old")
    assert (found["difference"]["low"], found["p_value"], found["passed"]) == (0.0, 0.4, True)


def test_without_a_model_in_use_the_figure_stands_alone() -> None:
    found = judge_gate(GATE, {"figures": {"auc": figure(0.9, 0.85, 0.95)}, "against": []})
    assert found.passed
    assert found.sentence().startswith("No other model fits these cases: AUC 0.900 [0.850, 0.950].")


def test_what_is_not_known_does_not_pass() -> None:
    assert not judge_gate(GATE, metrics(sensitivity=0.0)).passed
    assert not judge_gate(GATE, {"figures": {}}).passed
    with pytest.raises(ValueError, match="sensitivity"):
        Gate(metric="f1")
