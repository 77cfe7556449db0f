"""Whether a new model may take the place of the one in use, in words. No Qt; the engine judges."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine.domain.gate import Judged
from engine.domain.training import Gate
from workstation.evaluation.report import difference_words, figure_words
from workstation.words import later, tr

METRIC = "auc"
MARGIN = -0.02
"""Proposed: the new model's AUC is not lower by more than this, at the lower end of the paired 95 % interval."""
METRICS = {
    "auc": later("AUC"),
    "sensitivity": later("Sensitivity at the operating point"),
    "specificity": later("Specificity at the operating point"),
}


def gate_words(gate: Gate | None) -> str:
    """What was written down before training."""
    if gate is None or not gate.test_data:
        return tr("No promotion gate was written down before training, so this model cannot be promoted from here.")
    if gate.margin < 0:
        need = tr("not more than {m} below the model in use", m=f"{-gate.margin:.3f}")
    else:
        need = tr("at least {m} above the model in use", m=f"{gate.margin:.3f}")
    return tr(
        "Gate: {metric} {need}, at the lower end of the paired 95 % interval, on {data}.",
        metric=tr(METRICS[gate.metric]),
        need=need,
        data=gate.test_data,
    )


def verdict_words(found: Judged) -> str:
    """What the locked cases say: both figures, their difference with interval and p, and whether the gate is passed."""
    metric = tr(METRICS[found.gate.metric])
    if not found.old_model:
        return tr(
            "No model is in use, so there is nothing to compare with: {metric} {own}.",
            metric=metric,
            own=figure_words(found.new),
        )
    words = tr(
        "{metric}: new {own}, {name} {old}, difference {difference}.",
        metric=metric,
        own=figure_words(found.new),
        name=found.old_model,
        old=figure_words(found.old),
        difference=difference_words(found.difference, found.p_value),
    )
    end = tr("The gate is passed.") if found.passed else tr("The gate is not passed.")
    return f"{words} {end}"


def compared_words(facts: Mapping[str, Any]) -> str:
    """What a promotion was decided on, for the record; "" where nothing was compared."""
    if not facts:
        return ""
    metric = tr(METRICS.get(str(facts.get("metric")), METRICS[METRIC]))
    words = tr("{metric} {new}", metric=metric, new=figure_words(facts.get("new")))
    if not facts.get("difference"):
        return words
    difference = difference_words(facts["difference"], facts.get("p_value"))
    return tr("{new}, {difference} against {old}", new=words, difference=difference, old=facts.get("old_model", ""))
