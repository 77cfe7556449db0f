"""What a training run is made from, checked as it is entered. No Qt."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from engine.domain.training import Gate
from engine.jobs.training import DataReport, NewRun, RecipeLine
from workstation.admin.promotion import MARGIN, METRIC
from workstation.words import later, tr

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,59}")
PHANTOM = re.compile(r"phantom:\d+:\d+")
KINDS = {
    kind: kind
    for kind in (
        later("missing file"),
        later("unknown term"),
        later("unknown label"),
        later("unknown fold"),
        later("unknown split"),
        later("unreadable image"),
        later("duplicate image"),
        later("no image"),
        later("no label"),
        later("one class"),
        later("too few patients"),
        later("patient in two folds"),
        later("patient in two splits"),
        later("unreadable file"),
        later("unusable row"),
        later("patient in locked cases"),
        later("image in locked cases"),
    )
}
"""Kinds of problems that have words of their own; another one is shown as the check calls it."""


@dataclass(frozen=True, kw_only=True)
class Entries:
    """The form's entries.

    Attributes
    ----------
    figures : changed numbers of the recipe by dotted key. report : of the data check, None = not checked yet.
    taken : names of the installed models.
    """

    task: str
    data: str = ""
    recipe: RecipeLine | None = None
    start_from: str = ""
    name: str = ""
    figures: Mapping[str, float] = field(default_factory=dict)
    taken: frozenset[str] = frozenset()
    metric: str = METRIC
    margin: float = MARGIN
    test_data: str = ""
    report: DataReport | None = None

    def problem(self) -> str:
        """Why it cannot be started; "" when it can."""
        data, test = self.data.strip(), self.test_data.strip()
        if not data:
            return tr("Choose labelled cases to train on.")
        for source, words in ((data, tr("the training cases")), (test, tr("the locked test cases"))):
            if source and not exists(source):
                return tr("There is no such folder or manifest: {words}.", words=words)
        if self.recipe is None:
            return tr("Choose a recipe.")
        if self.recipe.starts_from and not self.start_from:
            return tr("This recipe goes on from a model: choose one.")
        if not _NAME.fullmatch(self.name):
            return tr("Give the model a name of letters, digits, - and _.")
        if self.name in self.taken:
            return tr("A model called {name} is installed already. Give the new one another name.", name=self.name)
        if test and set(_parts(test)) & set(_parts(data)):
            return tr("The locked test cases must not be training cases.")
        if self.report is None or (self.report.data, self.report.locked) != (data, test):
            return tr("The data are being looked at …")
        if self.report.blocked:
            return tr("The data have problems that must be mended first; see the list.")
        return ""

    def request(self) -> NewRun:
        """What to ask for, once there is no problem."""
        assert self.recipe is not None
        changes: dict[str, object] = {
            key: int(value) if float(value).is_integer() and key != "optimiser.lr" else value
            for key, value in self.figures.items()
            if value != self.recipe.figures.get(key)
        }
        if self.start_from:
            changes["model.start_from"] = self.start_from
        test = self.test_data.strip()
        gate = Gate(metric=self.metric, margin=self.margin, test_data=test) if test else None
        return NewRun(
            recipe=self.recipe.name,
            data=self.data.strip(),
            task=self.task,
            name=self.name,
            changes=changes,
            gate=gate,
        )


def report_words(report: DataReport) -> str:
    """Counts of a data check in a sentence or two."""
    classes = ", ".join(f"{n} {name}" for name, n in report.classes.items() if n)
    inputs = ", ".join(f"{name} {n}" for name, n in report.modalities.items())
    words = tr("{n} cases of {patients} patients", n=report.n, patients=report.patients)
    words += f" ({classes}). " if classes else ". "
    words += tr("Inputs: {inputs}.", inputs=inputs)
    if report.simulated:
        words += " " + tr("All simulated.")
    if report.locked:
        words += " " + tr("{n} locked test cases.", n=report.n_locked)
    if report.folds:
        words += " " + tr("The data name {folds} folds; they are honoured.", folds=report.folds)
    return words


def worst_first(report: DataReport) -> Sequence[tuple[str, str, str]]:
    """(kind, sentence, where) of each problem; those that block come first."""
    rows = []
    for problem in sorted(report.problems, key=lambda p: not p.blocks):
        where = problem.case_id or (tr("line {n}", n=problem.line) if problem.line else "")
        kind = tr(problem.kind)
        kind = tr("{kind} (blocks)", kind=kind) if problem.blocks else kind
        rows.append((kind, problem.sentence, where))
    return rows


def _parts(source: str) -> list[str]:
    return [part.strip() for part in source.split(" + ")]


def exists(source: str) -> bool:
    """Whether every part of a source is a folder or file that is there, or names simulated cases."""
    return bool(source) and all(PHANTOM.fullmatch(part) or Path(part).exists() for part in _parts(source))
