"""Requests around training, and what comes back. Runs tell how far they are in their folders, see `training_runs`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from engine.domain.training import Gate, Problem


@dataclass(frozen=True, kw_only=True)
class ListRecipes:
    """Answer: tuple of `RecipeLine`."""


@dataclass(frozen=True, kw_only=True)
class RecipeLine:
    """One recipe that comes with the program.

    Attributes
    ----------
    title : one line. source : the paper, "" = our own. starts_from : "" = trains from the start.
    toml : the complete text with all defaults. figures : the numbers most often changed, by dotted key.
    """

    name: str
    title: str
    source: str
    starts_from: str
    folds: int
    toml: str
    figures: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class CheckData:
    """Look at a source of labelled cases before training. Answer: `DataReport`; progress notes are sentences.

    Attributes
    ----------
    locked : source of the gate's locked cases, looked at too and compared with the data; "" = none.
    """

    data: str
    task: str = "breast_lesion"
    locked: str = ""


@dataclass(frozen=True, kw_only=True)
class DataReport:
    """What a source holds.

    Attributes
    ----------
    n, patients : labelled cases and their patients. classes, modalities : name -> number of cases.
    folds : named by the data, 0 = none. locked, n_locked : source and number of the locked cases.
    blocked : nothing can be trained before the problems that block are mended.
    """

    data: str
    task: str
    n: int
    patients: int
    classes: Mapping[str, int]
    modalities: Mapping[str, int]
    simulated: bool
    folds: int
    problems: tuple[Problem, ...] = ()
    locked: str = ""
    n_locked: int = 0

    @property
    def blocked(self) -> bool:
        return self.n == 0 or any(problem.blocks for problem in self.problems)


@dataclass(frozen=True, kw_only=True)
class NewRun:
    """Make a run that waits. Answer: its `RunState`.

    Attributes
    ----------
    recipe : name or file. changes : single values by dotted key, such as {"schedule.epochs": 10}.
    gate : what must be shown for promotion, written down now.
    """

    recipe: str
    data: str
    task: str = "breast_lesion"
    name: str = ""
    changes: Mapping[str, object] = field(default_factory=dict)
    gate: Gate | None = None


@dataclass(frozen=True, kw_only=True)
class StartTraining:
    """Train a run, or go on with it. Progress notes and the answer are `RunState`; a cancel stops after the step."""

    run_id: str
    device: str = "auto"


@dataclass(frozen=True, kw_only=True)
class PromoteRun:
    """Install a finished run's model and make it the one in use for its task. Answer: `InUseLine`.

    Attributes
    ----------
    comparison : what it is decided on, see `engine.domain.gate.Judged.record`. by, reason : recorded.
    """

    run_id: str
    by: str
    reason: str
    comparison: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class FindOpponent:
    """Which model another one would take the place of. Answer: its name, "" = none.

    Attributes
    ----------
    model : name of an installed model, or "run:<run_id>" of a finished run.
    """

    model: str


@dataclass(frozen=True, kw_only=True)
class Undo:
    """Take back the last promotion of a task, for models of real or of simulated images. Answer: `InUseLine`."""

    task: str
    simulated: bool
    by: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class ListInUse:
    """Answer: tuple of `InUseLine`, oldest first."""


@dataclass(frozen=True, kw_only=True)
class InUseLine:
    """One entry of the record of models in use.

    Attributes
    ----------
    model, sha256 : "" = back to the automatic choice. undoes : the entry took back the one before.
    at : UTC, ISO 8601. current : this is what counts now.
    """

    task: str
    simulated: bool
    model: str
    sha256: str
    by: str
    reason: str
    at: str
    undoes: bool = False
    current: bool = False
    comparison: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class InstallModel:
    """Install a model from a file, a folder, or a finished run ("run:<run_id>"). Answer: `InstalledModel`."""

    source: str
    name: str = ""


@dataclass(frozen=True, kw_only=True)
class InstalledModel:
    """What was installed."""

    name: str
    task: str
    sha256: str
    simulated_only: bool
    figures: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class RemoveModel:
    """Remove a model that the person installed. Answer: its name."""

    name: str
