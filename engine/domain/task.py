"""A task: what is told apart, from which images and which descriptors. One TOML file each in `resources/tasks`."""

from __future__ import annotations

import math
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from engine.domain.errors import CaseError, ErrorKind
from engine.domain.resources import resource

DESCRIPTORS = "descriptors"
"""Name of the tabular modality; always the last of `Task.modalities`."""


@dataclass(frozen=True, kw_only=True)
class Term:
    """One BI-RADS term of a descriptor with its code in the source paper (several terms may share one)."""

    name: str
    code: int
    label: str


@dataclass(frozen=True, kw_only=True)
class DescriptorField:
    """One descriptor: its terms in order, and whether several may hold at once."""

    name: str
    label: str
    terms: tuple[Term, ...]
    several: bool = False

    def term(self, name: str) -> Term:
        """The term called `name`; raises `CaseError` naming the field and the terms it knows."""
        for term in self.terms:
            if term.name == name:
                return term
        known = ", ".join(t.name for t in self.terms)
        raise CaseError(ErrorKind.INVALID, f"{self.name}: '{name}' is not one of its terms ({known}).")


@dataclass(frozen=True, kw_only=True)
class BothOrNeither:
    """A rule: `field` holds `term` exactly when `other` holds `other_term`; either side may be missing."""

    field: str
    term: str
    other: str
    other_term: str


@dataclass(frozen=True, kw_only=True)
class ImageModality:
    """One kind of image that the task uses, in order (the first is shown left)."""

    name: str
    label: str


@dataclass(frozen=True, kw_only=True)
class Task:
    """Classes, image modalities and descriptor table of one diagnostic question.

    Attributes
    ----------
    classes : class names in order; index 0 is the first.
    positive_class : the clinically positive class of a binary task, else the first class that counts as disease.
    ordinal : classes are stages in order.
    aligned : the images show the same plane pixel by pixel, e.g. two halves of one frame.
    """

    name: str
    title: str
    classes: tuple[str, ...]
    positive_class: str
    ordinal: bool
    image_modalities: tuple[ImageModality, ...]
    fields: tuple[DescriptorField, ...]
    rules: tuple[BothOrNeither, ...] = ()
    aligned: bool = False

    def __post_init__(self) -> None:
        if len(self.classes) < 2 or self.positive_class not in self.classes:
            raise CaseError(ErrorKind.INVALID, f"Task {self.name}: needs two classes and a positive class among them.")

    @property
    def modalities(self) -> tuple[str, ...]:
        """All modality names in presence-mask order: images, then `descriptors` when the task has any."""
        images = tuple(m.name for m in self.image_modalities)
        return (*images, DESCRIPTORS) if self.fields else images

    @property
    def images(self) -> tuple[str, ...]:
        return tuple(m.name for m in self.image_modalities)

    @property
    def is_binary(self) -> bool:
        return len(self.classes) == 2

    @property
    def n_logits(self) -> int:
        """1 for a binary task (logit of `classes[1]`), else one per class."""
        return 1 if self.is_binary else len(self.classes)

    @property
    def n_terms(self) -> int:
        """Width of the multi-hot descriptor vector."""
        return sum(len(f.terms) for f in self.fields)

    def chance_of_positive(self, probabilities: Sequence[float]) -> float:
        """Probability of the positive class, given those of all classes; of stages: of reaching it or a later one."""
        first = self.classes.index(self.positive_class)
        if not self.ordinal or self.is_binary:
            return probabilities[first]
        return min(math.fsum(probabilities[first:]), 1.0)

    def field(self, name: str) -> DescriptorField:
        for field in self.fields:
            if field.name == name:
                return field
        raise CaseError(ErrorKind.INVALID, f"'{name}' is not a descriptor of the task {self.name}.")

    def modality_label(self, name: str) -> str:
        for modality in self.image_modalities:
            if modality.name == name:
                return modality.label
        return "Descriptors" if name == DESCRIPTORS else name


def _task_from_table(table: dict[str, Any]) -> Task:
    fields = tuple(
        DescriptorField(
            name=f["name"],
            label=f["label"],
            several=f.get("several", False),
            terms=tuple(Term(name=t["name"], code=t["code"], label=t.get("label", t["name"])) for t in f["terms"]),
        )
        for f in table.get("descriptor", [])
    )
    return Task(
        name=table["name"],
        title=table["title"],
        classes=tuple(table["classes"]),
        positive_class=table["positive_class"],
        ordinal=table.get("ordinal", False),
        aligned=table.get("aligned", False),
        image_modalities=tuple(ImageModality(name=m["name"], label=m["label"]) for m in table["image_modality"]),
        fields=fields,
        rules=tuple(BothOrNeither(**r) for r in table.get("both_or_neither", [])),
    )


def task_names() -> tuple[str, ...]:
    """Names of all tasks that are installed, sorted."""
    return tuple(sorted(p.stem for p in resource("tasks").glob("*.toml")))


@cache
def load_task(name: str) -> Task:
    """The task called `name`; raises `CaseError` naming those that exist."""
    if name not in task_names():
        raise CaseError(
            ErrorKind.INVALID, f"There is no task called '{name}'. Installed tasks: {', '.join(task_names())}."
        )
    with resource("tasks", f"{name}.toml").open("rb") as file:
        return _task_from_table(tomllib.load(file))
