"""A training run as its files tell it: how far it is, what each epoch gave, what was promised before it began."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from enum import StrEnum
from typing import Any


class RunPhase(StrEnum):
    """Where a run stands. A stopped or failed run goes on from its last checkpoint when it is started again."""

    QUEUED = "queued"
    RUNNING = "running"
    STOPPED = "stopped"
    FAILED = "failed"
    FINISHED = "finished"


@dataclass(frozen=True, kw_only=True)
class Problem:
    """Something that is wrong with the data.

    Attributes
    ----------
    kind : short name, such as "missing file" or "duplicate image"; `blocks` = nothing can be trained before it is
        mended.
    case_id, line : where, as far as known; line of the manifest, 0 = unknown.
    """

    kind: str
    sentence: str
    case_id: str = ""
    line: int = 0
    blocks: bool = False


GATE_METRICS = ("auc", "sensitivity", "specificity")


@dataclass(frozen=True, kw_only=True)
class Gate:
    """What a new model must show to be promoted; written down before training.

    Attributes
    ----------
    metric : one of `GATE_METRICS`, the last two at the operating point. margin : how much better than the model in use
        it must be; below zero allows to be that much worse.
    test_data : source of the locked test cases, never used for training or choosing.
    digest : SHA-256 of these cases as they were when the training began, "" = they were not looked at yet.
    """

    metric: str = "auc"
    margin: float = 0.0
    test_data: str = ""
    digest: str = ""

    def __post_init__(self) -> None:
        if self.metric not in GATE_METRICS or not math.isfinite(self.margin):
            raise ValueError(f"a gate needs a metric ({', '.join(GATE_METRICS)}) and a finite margin")


@dataclass(frozen=True, kw_only=True)
class EpochLine:
    """One finished epoch.

    Attributes
    ----------
    fold : 1..k of a cross-validation, 0 = the only course, or the last one on all cases.
    losses : mean training loss by term; "total" is what was minimised.
    validation_log_loss, validation_auc : of the weights that would be kept; None without validation cases, AUC also
        where only one class is there.
    lr : at the end of the epoch. images_per_s : training images. seconds : with validation.
    """

    fold: int
    epoch: int
    losses: Mapping[str, float]
    validation_log_loss: float | None
    validation_auc: float | None
    lr: float
    images_per_s: float
    seconds: float

    def to_json(self) -> str:
        """One line."""
        return json.dumps(asdict(self), sort_keys=True)


@dataclass(frozen=True, kw_only=True)
class RunState:
    """run.json of a run folder.

    Attributes
    ----------
    data, start_from, recipe : source of the cases, model that it starts from ("" = none), name of the recipe.
    sentence : what to tell the person now.
    pid : process that trains or trained, 0 = none yet.
    step, steps : of the whole run; epoch, epochs : of the present fold; fold, folds : see `EpochLine`, folds 0 = none.
    seconds_left : estimate, None = not known yet.
    versions : library -> version. data_hash : of the cases that were loaded.
    result : after the end: "model" (weights file relative to the run folder), "simulated" (all training cases were),
        "best_epoch", "figures" (name -> value, low, high, n), "folds" (name -> mean, sd with ddof 1, values).
    """

    run_id: str
    name: str
    task: str
    data: str
    recipe: str
    created_at: str
    start_from: str = ""
    state: RunPhase = RunPhase.QUEUED
    sentence: str = "Waiting for its turn."
    pid: int = 0
    step: int = 0
    steps: int = 0
    epoch: int = 0
    epochs: int = 0
    fold: int = 0
    folds: int = 0
    images_per_s: float = 0.0
    seconds_left: float | None = None
    versions: Mapping[str, str] = field(default_factory=dict)
    seed: int = 0
    data_hash: str = ""
    problems: tuple[Problem, ...] = ()
    gate: Gate | None = None
    result: Mapping[str, Any] = field(default_factory=dict)

    @property
    def is_over(self) -> bool:
        """Nothing is running or waiting."""
        return self.state not in (RunPhase.QUEUED, RunPhase.RUNNING)

    @property
    def can_start(self) -> bool:
        """Waiting, or stopped at a point from which it can go on."""
        return self.state in (RunPhase.QUEUED, RunPhase.STOPPED, RunPhase.FAILED)

    def to_json(self) -> str:
        """Text of run.json."""
        return json.dumps(asdict(self), indent=2, ensure_ascii=False) + "\n"


def run_state(text: str) -> RunState:
    """The state in a run.json; raises `ValueError` when it is none. Fields that are not known here are passed over."""
    table = json.loads(text)
    if not isinstance(table, dict):
        raise ValueError("run.json holds no table")
    known = {f.name for f in fields(RunState)}
    table = {name: value for name, value in table.items() if name in known}
    try:
        gate = table.get("gate")
        table["state"] = RunPhase(table.get("state", RunPhase.QUEUED))
        table["problems"] = tuple(Problem(**problem) for problem in table.get("problems", ()))
        table["gate"] = Gate(**gate) if gate else None
        return RunState(**table)
    except (TypeError, AttributeError) as error:
        raise ValueError(f"run.json lacks something ({error})") from error


def epoch_lines(text: str) -> tuple[EpochLine, ...]:
    """The lines of an epochs.jsonl; a last line that is cut short is passed over."""
    found = []
    for line in text.splitlines():
        try:
            found.append(EpochLine(**json.loads(line)))
        except (ValueError, TypeError):
            continue
    return tuple(found)


def lost(state: RunState) -> RunState:
    """What a run is whose process is gone without having said so."""
    if state.state is not RunPhase.RUNNING:
        return state
    return replace(
        state,
        state=RunPhase.STOPPED,
        seconds_left=None,
        sentence="The program that trained it ended before it was done. Resume it to go on from its last checkpoint.",
    )
