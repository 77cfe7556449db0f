"""Task tables as they are installed, and tasks that contradict themselves."""

from __future__ import annotations

from dataclasses import replace

import pytest

from engine.domain.errors import CaseError
from engine.domain.task import DESCRIPTORS, load_task, task_names

WIDTHS = {
    "location": (1, 2, 3, 4, 5),
    "shape": (1, 2, 3),
    "orientation": (1, 2),
    "margin": (1, 2, 3, 3, 3, 3),
    "internal_echoes": (1, 2),
    "echo_pattern": (1, 2, 3, 4),
    "composition": (1, 2, 3),
    "posterior_features": (1, 2, 3, 3),
    "calcification": (0, 1, 2),
    "calcification_site": (0, 1, 2, 3),
}


def test_breast_lesion_has_the_papers_code_book_in_its_order() -> None:
    task = load_task("breast_lesion")
    assert {f.name: tuple(t.code for t in f.terms) for f in task.fields} == WIDTHS
    assert [f.name for f in task.fields] == list(WIDTHS)
    assert [f.name for f in task.fields if f.several] == ["margin"]


def test_breast_lesion_classes_and_modalities() -> None:
    task = load_task("breast_lesion")
    assert (task.classes, task.positive_class) == (("benign", "malignant"), "malignant")
    assert task.modalities == ("bmode", "doppler", DESCRIPTORS)
    assert (task.is_binary, task.n_logits, task.n_terms) == (True, 1, 36)


def test_liver_fibrosis_is_ordinal_without_descriptors() -> None:
    task = load_task("liver_fibrosis")
    assert task.classes == ("F0", "F1", "F2", "F3", "F4") and task.ordinal
    assert task.modalities == ("bmode", "swe") and (task.n_logits, task.n_terms) == (5, 0)


def test_every_installed_task_loads() -> None:
    assert set(task_names()) >= {"breast_lesion", "liver_fibrosis"}
    for name in task_names():
        task = load_task(name)
        assert task.name == name and task.modality_label(task.images[0])


@pytest.mark.parametrize("name", ["thyroid", "../breast_lesion", ""])
def test_unknown_task_names_those_that_exist(name: str) -> None:
    with pytest.raises(CaseError, match="breast_lesion, liver_fibrosis"):
        load_task(name)


def test_unknown_field_and_term_are_named() -> None:
    task = load_task("breast_lesion")
    with pytest.raises(CaseError, match="'colour' is not a descriptor"):
        task.field("colour")
    with pytest.raises(CaseError, match="shape: 'big' is not one of its terms"):
        task.field("shape").term("big")


@pytest.mark.parametrize("change", [{"classes": ("benign",)}, {"positive_class": "odd"}])
def test_task_that_contradicts_itself_cannot_be_built(change: dict[str, object]) -> None:
    with pytest.raises(CaseError, match="positive class"):
        replace(load_task("breast_lesion"), **change)
