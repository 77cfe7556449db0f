"""Requests for scoring a whole folder, and what comes back while it runs and when it is over."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class ScoreFolder:
    """Score a folder as `sonofuse score` does. Progress notes are `BatchStep`, the answer is `BatchEnd`.

    Attributes
    ----------
    folder, out : the study and the folder for the results, which is made when missing.
    model : name or file of a model, None = the installed model that fits best.
    resume : take over what an earlier run with the same model and options left in `out`.
    device : "auto", "cpu" or "cuda".
    """

    folder: str
    out: str
    task: str
    model: str | None = None
    heatmaps: bool = False
    contributions: bool = False
    uncertainty: bool = False
    resume: bool = True
    device: str = "auto"


@dataclass(frozen=True, kw_only=True)
class BatchLine:
    """One row of the results: a case, or a damaged file (without `case_id`).

    Attributes
    ----------
    status : "scored", "failed" or "skipped". patient_id : as in the list of cases, may be empty.
    file : the first image, relative to the study. predicted : class, or empty.
    probability : of the positive class of a binary task, else of the predicted class; None without an answer.
    reason : why there is no answer, or what must be said beside the number.
    """

    case_id: str
    status: str
    file: str
    patient_id: str = ""
    predicted: str = ""
    probability: float | None = None
    threshold: float | None = None
    reason: str = ""


@dataclass(frozen=True, kw_only=True)
class BatchStep:
    """A word on the way.

    Attributes
    ----------
    phase : what is being read, or "scoring". index : number of the case that `line` is about.
    """

    phase: str
    index: int = -1
    line: BatchLine | None = None


@dataclass(frozen=True, kw_only=True)
class BatchEnd:
    """How a run ended; `lines` are those of results.csv, in its order.

    Attributes
    ----------
    sentence : the counts in words. refused : files that were not opened; refusals.csv says why.
    first_reason : why the first case without an answer has none.
    """

    out: str
    sentence: str
    scored: int
    failed: int
    skipped: int
    resumed: int
    refused: int
    cancelled: bool
    seconds: float
    model: str
    first_reason: str
    lines: tuple[BatchLine, ...]


@dataclass(frozen=True, kw_only=True)
class SaveTable:
    """Copy the results.csv of a run to the file `path`. Answer: `path`."""

    out: str
    path: str
