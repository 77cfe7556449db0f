"""Whether a new model may take the place of the one in use: the gate, the locked cases, and what they said. No Qt."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from engine.domain.training import Gate
from engine.jobs.training import InUseLine
from workstation.evaluation.report import Report, figure_words
from workstation.words import tr

METRIC = "auc"
MARGIN = -0.02
"""Proposed: the new model's AUC is not lower by more than this, at the lower end of the paired 95 % interval."""


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """What the locked cases say of a new model.

    Attributes
    ----------
    comparison : figures that are recorded with a promotion.
    """

    passed: bool
    sentence: str
    comparison: Mapping[str, Any]


def gate_words(gate: Gate | None) -> str:
    """What was written down before training."""
    if gate is None or not gate.test_data:
        return tr("No promotion gate was written down before training, so this model cannot be promoted from here.")
    if gate.margin < 0:
        need = tr("not more than {m} below the model in use", m=f"{-gate.margin:.3f}")
    else:
        need = tr("at least {m} above the model in use", m=f"{gate.margin:.3f}")
    return tr(
        "Gate: AUC {need}, at the lower end of the paired 95 % interval, on {data}.", need=need, data=gate.test_data
    )


def in_use_name(lines: Sequence[InUseLine], task: str, simulated: bool, shipped: Sequence[str] = ()) -> str:
    """The model that a new one is compared with: the promoted one, else the one that comes with the program."""
    current = next((e for e in lines if e.current and (e.task, e.simulated) == (task, simulated)), None)
    if current is not None and current.model:
        return current.model
    return shipped[0] if shipped else ""


def verdict(gate: Gate, report: Report) -> Verdict:
    """Judge a report on the locked cases by the gate."""
    own = (report.table.get("figures") or {}).get(METRIC)
    against = report.table.get("against") or ()
    facts: dict[str, Any] = {"metric": gate.metric, "margin": gate.margin, "test_data": gate.test_data, "new": own}
    if not against:
        sentence = tr("No model is in use, so there is nothing to compare with: AUC {own}.", own=figure_words(own))
        return Verdict(passed=own is not None, sentence=sentence, comparison=facts)
    other = against[0]
    difference = other["difference"]["difference"]
    facts |= {"old_model": other["other"], "old": other["other_auc"], "difference": difference}
    facts["p_value"] = other["difference"].get("p_value")
    low = difference.get("low")
    passed = low is not None and low >= gate.margin
    words = tr(
        "New {own}, {name} {old}, difference {d} [{low}, {high}].",
        own=figure_words(other["auc"]),
        name=other["other"],
        old=figure_words(other["other_auc"]),
        d=f"{difference['value']:+.3f}",
        low=f"{low:+.3f}" if low is not None else "?",
        high=f"{difference['high']:+.3f}" if difference.get("high") is not None else "?",
    )
    end = tr("The gate is passed.") if passed else tr("The gate is not passed.")
    return Verdict(passed=passed, sentence=f"{words} {end}", comparison=facts)
