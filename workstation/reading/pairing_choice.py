"""Which image stands in which place of a case when the reader pairs by hand. No Qt."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from engine.domain.case import Case, UltrasoundImage
from engine.domain.task import Task
from workstation.reading.case_state import CaseState
from workstation.words import tr

Chosen = Mapping[str, tuple[str, int]]


def choices_for(case: Case, modality: str) -> tuple[UltrasoundImage, ...]:
    """Images of the study that may take the place of `modality`, those of that modality first."""
    elsewhere = tuple(image for name, image in case.images.items() if name != modality)
    return tuple(sorted((*case.others, *elsewhere), key=lambda image: image.modality != modality))


def with_choice(
    task: Task, state: CaseState, modality: str, image: UltrasoundImage | None
) -> dict[str, tuple[str, int]]:
    """The pairing after `image` was put in the place of `modality`, as the store keeps it (None: no image there).

    An image that stood in another place is swapped with the one it replaces.
    """
    places = dict(state.case.images)
    before = places.pop(modality, None)
    for name in [n for n, other in places.items() if other == image]:
        del places[name]
        if before is not None:
            places[name] = before
    if image is not None:
        places[modality] = image
    return {name: (_uid(places[name]), places[name].frame) for name in task.images if name in places}


def repaired(automatic: Case, chosen: Chosen) -> Case:
    """The case with the images a person chose; a choice whose file is gone leaves the automatic one in place."""
    everything = (*automatic.images.values(), *automatic.others)
    images: dict[str, UltrasoundImage] = {}
    used: list[UltrasoundImage] = []
    for modality, (uid, frame) in chosen.items():
        image = _find([i for i in everything if i not in used], uid, frame, modality)
        if image is None:
            continue
        used.append(image)
        put = replace(image, modality=modality, why=tr("put here by the reader"))
        images[modality] = image if image.modality == modality else put
    others = tuple(i for i in everything if i not in used)
    return replace(automatic, images=images, others=others, pairing=tr("Paired by the reader."))


def _uid(image: UltrasoundImage) -> str:
    return image.sop_uid or Path(image.path).name


def _find(images: list[UltrasoundImage], uid: str, frame: int, modality: str) -> UltrasoundImage | None:
    same = [i for i in images if uid == _uid(i)]
    same.sort(key=lambda i: (i.modality != modality, i.frame != frame))
    return same[0] if same else None
