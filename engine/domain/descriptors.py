"""What the reader says of a lesion in BI-RADS terms. A field without terms is *missing*, which differs from "none"."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

import numpy as np
import numpy.typing as npt

from engine.domain.errors import CaseError, ErrorKind
from engine.domain.task import DescriptorField, Task

SEPARATOR = ";"
"""Between several terms of one field in a file's cell."""


@dataclass(frozen=True)
class Descriptors:
    """Terms by field name; fields that are not listed are missing. Build through `parse` or `checked`.

    Attributes
    ----------
    terms : field name -> terms in the order of the task's table, never empty.
    """

    terms: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        kept = {name: tuple(values) for name, values in self.terms.items() if values}
        object.__setattr__(self, "terms", MappingProxyType(kept))

    def __hash__(self) -> int:
        return hash(tuple(sorted(self.terms.items())))

    @property
    def is_missing(self) -> bool:
        """True when no field at all is filled in."""
        return not self.terms

    def get(self, name: str) -> tuple[str, ...]:
        """Terms of a field; empty when missing."""
        return self.terms.get(name, ())

    def with_field(self, task: Task, name: str, terms: Sequence[str]) -> Descriptors:
        """A copy in which one field has other terms (none = missing), checked against the task."""
        return checked(task, {**self.terms, name: tuple(terms)})

    def as_row(self, task: Task) -> dict[str, str]:
        """One text cell per field of the task, empty where missing: the form files hold."""
        return {f.name: SEPARATOR.join(self.get(f.name)) for f in task.fields}

    def codes(self, task: Task) -> tuple[int | None, ...]:
        """The paper's code of each field (None where missing); of several terms the highest."""
        return tuple(
            max((f.term(t).code for t in self.get(f.name)), default=None) if self.get(f.name) else None
            for f in task.fields
        )

    def multi_hot(self, task: Task) -> npt.NDArray[np.float32]:
        """(task.n_terms,) float32 of 0 and 1 in table order; a missing field is all zeros."""
        flags = [t.name in self.get(f.name) for f in task.fields for t in f.terms]
        return np.asarray(flags, dtype=np.float32)


def checked(task: Task, terms: Mapping[str, Sequence[str]]) -> Descriptors:
    """Descriptors whose fields, terms and rules fit the task; raises `CaseError` with a sentence naming the field."""
    ordered: dict[str, tuple[str, ...]] = {}
    for name, values in terms.items():
        if values:
            ordered[name] = _ordered_terms(task.field(name), values)
    _check_rules(task, ordered)
    return Descriptors(ordered)


def parse(task: Task, row: Mapping[str, str | None]) -> Descriptors:
    """Descriptors from one row of a file: cells hold terms (several separated by ``;``), empty means missing.

    Columns that are not descriptors of the task are ignored; letter case and surrounding spaces do not matter.
    """
    terms = {
        f.name: [cell.strip().lower() for cell in (row.get(f.name) or "").split(SEPARATOR) if cell.strip()]
        for f in task.fields
    }
    return checked(task, terms)


def from_codes(task: Task, codes: Sequence[int | None]) -> Descriptors:
    """Descriptors from the paper's integer codes (None = missing); of terms that share a code the first is taken."""
    if len(codes) != len(task.fields):
        raise CaseError(
            ErrorKind.INVALID, f"{task.name} has {len(task.fields)} descriptors, but {len(codes)} codes were given."
        )
    terms: dict[str, tuple[str, ...]] = {}
    for descriptor, code in zip(task.fields, codes, strict=True):
        if code is None:
            continue
        fitting = [t.name for t in descriptor.terms if t.code == code]
        if not fitting:
            raise CaseError(ErrorKind.INVALID, f"{descriptor.name}: {code} is not one of its codes.")
        terms[descriptor.name] = (fitting[0],)
    return checked(task, terms)


def _ordered_terms(descriptor: DescriptorField, values: Sequence[str]) -> tuple[str, ...]:
    chosen = {descriptor.term(v).name for v in values}
    if len(chosen) > 1 and not descriptor.several:
        raise CaseError(ErrorKind.INVALID, f"{descriptor.name}: takes one term, but has {', '.join(sorted(chosen))}.")
    return tuple(t.name for t in descriptor.terms if t.name in chosen)


def _check_rules(task: Task, terms: Mapping[str, tuple[str, ...]]) -> None:
    for rule in task.rules:
        here, there = terms.get(rule.field, ()), terms.get(rule.other, ())
        if here and there and (rule.term in here) != (rule.other_term in there):
            raise CaseError(
                ErrorKind.INVALID,
                f"{rule.field} = {', '.join(here)} and {rule.other} = {', '.join(there)} contradict each other: "
                f"{rule.field} is '{rule.term}' exactly when {rule.other} is '{rule.other_term}'.",
            )
