"""Requests to measure a model on labelled cases, and their answer."""

from __future__ import annotations

from dataclasses import dataclass

from engine.domain.gate import Judged


@dataclass(frozen=True, kw_only=True)
class EvaluateModel:
    """Write the report that `sonofuse evaluate` writes. Progress notes are words, the answer is `EvaluationEnd`.

    Attributes
    ----------
    data : labelled folder, manifest, or ``phantom:N:SEED``. against : another model, compared on the same cases.
    out : folder for the report, made when missing.
    """

    model: str
    data: str
    out: str
    against: str | None = None
    device: str = "auto"


@dataclass(frozen=True, kw_only=True)
class EvaluationEnd:
    """A finished report: its folder and its files, relative to it."""

    out: str
    files: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class CompareRun:
    """Measure a finished run's model on its locked cases beside the model in use. Answer: `ComparisonEnd`.

    Nothing is installed. Attributes: `out`, folder for the report.
    """

    run_id: str
    out: str
    device: str = "auto"


@dataclass(frozen=True, kw_only=True)
class ComparisonEnd:
    """What the gate says, and the folder of the whole report."""

    out: str
    judged: Judged
