"""Whether a new model may take the place of the one in use: the paired interval on the locked cases decides alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from engine.domain.training import Gate

Figures = Mapping[str, Any]
"""{"value", "low", "high", "n"} of one figure, as `metrics.json` holds it."""


@dataclass(frozen=True, kw_only=True)
class Judged:
    """What a report on the locked cases says of a new model.

    Attributes
    ----------
    passed : the lower end of the difference's 95 % interval reaches the margin; without another model, the figure is
        there at all.
    new, old, difference : figures of the gate's metric, None where they are not known. old_model : "" = there was none.
    """

    passed: bool
    gate: Gate
    new: Figures | None
    old_model: str = ""
    old: Figures | None = None
    difference: Figures | None = None
    p_value: float | None = None

    def sentence(self) -> str:
        """The figures with their intervals, and whether the gate is passed."""
        name = {"auc": "AUC"}.get(self.gate.metric, self.gate.metric)
        end = "The gate is passed." if self.passed else "The gate is not passed."
        if not self.old_model:
            return f"No other model fits these cases: {name} {_words(self.new)}. {end}"
        p = "" if self.p_value is None else f", p = {self.p_value:.3f}" if self.p_value >= 0.001 else ", p < 0.001"
        difference = f"difference {_words(self.difference, signed=True)}{p}"
        need = f"the lower end must reach {self.gate.margin:+.3f}"
        return f"{name}: new {_words(self.new)}, {self.old_model} {_words(self.old)}, {difference}; {need}. {end}"

    def record(self) -> dict[str, Any]:
        """What is kept with a promotion."""
        gate = self.gate
        facts: dict[str, Any] = {
            "metric": gate.metric,
            "margin": gate.margin,
            "test_data": gate.test_data,
            "test_digest": gate.digest,
            "new": None if self.new is None else dict(self.new),
            "passed": self.passed,
        }
        if not self.old_model:
            return facts
        old, difference = (None if figure is None else dict(figure) for figure in (self.old, self.difference))
        return {
            **facts,
            "old_model": self.old_model,
            "old": old,
            "difference": difference,
            "p_value": self.p_value,
        }


def judge_gate(gate: Gate, metrics: Mapping[str, Any]) -> Judged:
    """Judge by the content of a report's ``metrics.json``; a figure that is missing there does not pass."""
    against = metrics.get("against") or ()
    if not against:
        new = (metrics.get("figures") or {}).get(gate.metric)
        return Judged(passed=_value(new) is not None, gate=gate, new=new)
    other = against[0]
    paired = (other.get("differences") or {}).get(gate.metric) or {}
    difference = paired.get("difference")
    low = (difference or {}).get("low")
    return Judged(
        passed=low is not None and low >= gate.margin,
        gate=gate,
        new=(other.get("figures") or {}).get(gate.metric),
        old_model=str(other["other"]),
        old=(other.get("other_figures") or {}).get(gate.metric),
        difference=difference,
        p_value=paired.get("p_value"),
    )


def _words(figure: Figures | None, *, signed: bool = False) -> str:
    if figure is None or figure.get("value") is None:
        return "not defined"
    form = "+.3f" if signed else ".3f"
    if figure.get("low") is None or figure.get("high") is None:
        return format(figure["value"], form)
    return f"{figure['value']:{form}} [{figure['low']:{form}}, {figure['high']:{form}}]"


def _value(figure: Figures | None) -> float | None:
    return None if figure is None else figure.get("value")
