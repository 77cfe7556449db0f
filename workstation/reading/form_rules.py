"""What a click in the descriptor form does: the form never holds a contradiction, and says in words what it changed."""

from __future__ import annotations

from dataclasses import dataclass

from engine.domain.descriptors import Descriptors, checked
from engine.domain.task import BothOrNeither, DescriptorField, Task
from workstation.words import tr


@dataclass(frozen=True, kw_only=True)
class FormChange:
    """The descriptors after a click, and a sentence when another field had to follow."""

    descriptors: Descriptors
    sentence: str = ""


def toggled(task: Task, descriptors: Descriptors, field: str, term: str) -> FormChange:
    """Choose a term, or clear it when it was chosen; fields with several terms keep the others."""
    chosen = descriptors.get(field)
    if term in chosen:
        kept = tuple(t for t in chosen if t != term)
    elif task.field(field).several:
        kept = (*chosen, term)
    else:
        kept = (term,)
    return with_terms(task, descriptors, field, kept)


def with_terms(task: Task, descriptors: Descriptors, field: str, terms: tuple[str, ...]) -> FormChange:
    """Set a field; a field tied to it by a rule follows when it would contradict."""
    changed = {**descriptors.terms, field: terms}
    sentences: list[str] = []
    for rule in task.rules:
        for near, far in ((rule, _mirrored(rule)), (_mirrored(rule), rule)):
            if near.field != field or not changed.get(near.field) or not changed.get(near.other):
                continue
            says_term, others = near.term in changed[near.field], changed[near.other]
            if says_term and others != (near.other_term,):
                changed[near.other] = (near.other_term,)
                sentences.append(_followed(task, near.field, near.other, near.other_term))
            elif not says_term and near.other_term in others:
                changed[near.other] = ()
                sentences.append(_cleared(task, far.field, far.other, near.other_term))
    return FormChange(descriptors=checked(task, changed), sentence=" ".join(sentences))


def summary(task: Task, descriptors: Descriptors) -> str:
    """How many fields are filled in, for example "7 of 10"."""
    return tr("{given} of {n}", given=len(descriptors.terms), n=len(task.fields))


def term_label(field: DescriptorField, term: str) -> str:
    return field.term(term).label


def _mirrored(rule: BothOrNeither) -> BothOrNeither:
    return BothOrNeither(field=rule.other, term=rule.other_term, other=rule.field, other_term=rule.term)


def _followed(task: Task, field: str, other: str, other_term: str) -> str:
    here, there = task.field(field), task.field(other)
    return tr(
        "{label} was set to “{term_label}”, because {lower} says so.",
        label=there.label,
        term_label=term_label(there, other_term),
        lower=here.label.lower(),
    )


def _cleared(task: Task, other: str, field: str, other_term: str) -> str:
    here, there = task.field(field), task.field(other)
    return tr(
        "{label} no longer says “{term_label}”, because {lower} contradicts it. Please choose it anew.",
        label=there.label,
        term_label=term_label(there, other_term),
        lower=here.label.lower(),
    )
