"""Which B-mode and which colour image show the same lesion, and why they are taken to."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from engine.dicom.headers import UltrasoundFile
from engine.dicom.identity import case_id
from engine.dicom.pairing_evidence import Evidence, compare, same_place
from engine.dicom.views import BMODE, DOPPLER
from engine.domain.case import Case, UltrasoundImage
from engine.domain.task import Task, load_task

ENOUGH = 2.0
"""Least score at which two images are taken for one lesion."""


@dataclass(frozen=True, kw_only=True)
class View:
    """One picture and the file it is in."""

    file: UltrasoundFile
    image: UltrasoundImage


@dataclass(kw_only=True)
class _Group:
    """A case in the making."""

    images: dict[str, View]
    pairing: str
    spare: list[View]


def pair(
    files: Iterable[tuple[UltrasoundFile, Sequence[UltrasoundImage]]], *, task: str = "breast_lesion"
) -> tuple[Case, ...]:
    """Cases of all studies in a stable order.

    Parameters
    ----------
    files : each file with its pictures as `find_views` gives them; others than "bmode" and "doppler" are left out.

    Notes
    -----
    Per study: the pictures of a dual file belong together; the rest are assigned one to one so that the sum of the
    scores of `pairing_evidence.compare` is greatest. Pictures on different sides, clock faces or of differently named
    lesions never pair. A picture that is left over becomes a case of its own, unless the header names the very place
    of a case that already has such an image: then it is one of that case's `others`.
    """
    kinds = dict(zip((BMODE, DOPPLER), load_task(task).images, strict=False))
    studies: dict[tuple[str, str], list[View]] = {}
    for file, images in files:
        views = [View(file=file, image=i) for i in images if i.modality in kinds]
        studies.setdefault((file.study_uid, file.patient_id), []).extend(views)
    cases = [_case(group, views, load_task(task), kinds) for views in studies.values() for group in _groups(views)]
    return tuple(sorted(cases, key=_order))


def _order(case: Case) -> tuple[str, str, float, str]:
    first = next(iter(case.images.values()))
    taken = first.taken_at if first.taken_at is not None else 1e9
    return case.patient_id, case.study_uid, taken, case.case_id


def _groups(views: list[View]) -> list[_Group]:
    """The cases of one study."""
    views = sorted(views, key=_view_order)
    groups, left = _dual_files(views)
    bmodes = [v for v in left if v.image.modality == BMODE]
    dopplers = [v for v in left if v.image.modality == DOPPLER]
    paired, left = _assigned(bmodes, dopplers)
    groups += paired
    for view in left:
        home = next((g for g in groups if _is_another_of(view, g)), None)
        if home is not None:
            home.spare.append(view)
        else:
            groups.append(_Group(images={view.image.modality: view}, pairing=_alone(view, views), spare=[]))
    return groups


def _view_order(view: View) -> tuple[float, int, str, int]:
    file, crop = view.file, view.image.crop
    taken = file.taken_at if file.taken_at is not None else 1e9
    return taken, file.instance if file.instance is not None else 0, file.sop_uid, crop.x0 if crop else 0


def _dual_files(views: list[View]) -> tuple[list[_Group], list[View]]:
    """Groups of files that show several pictures at once, and the views of all other files."""
    by_file: dict[str, list[View]] = {}
    for view in views:
        by_file.setdefault(view.file.path, []).append(view)
    groups, left = [], []
    for together in by_file.values():
        if len(together) == 1:
            left += together
            continue
        images: dict[str, View] = {}
        for view in together:
            images.setdefault(view.image.modality, view)
        spare = [v for v in together if v is not images[v.image.modality]]
        groups.append(_Group(images=images, pairing="Both pictures are in one file, side by side.", spare=spare))
    return groups, left


def _assigned(bmodes: list[View], dopplers: list[View]) -> tuple[list[_Group], list[View]]:
    """One-to-one pairs with the greatest total score, and the views left over."""
    only_ones = len(bmodes) == len(dopplers) == 1
    evidence = {(i, j): compare(b.file, b.image, d.file, d.image, only_ones=only_ones)
                for i, b in enumerate(bmodes) for j, d in enumerate(dopplers)}  # fmt: skip
    gain = np.zeros((len(bmodes), len(dopplers)))
    for place, found in evidence.items():
        if found is not None and found.score >= ENOUGH:
            gain[place] = found.score
    groups = []
    taken: set[int] = set()
    for i, j in _best_pairs(gain):
        if gain[i, j] <= 0:
            continue
        found = evidence[i, j]
        assert found is not None
        groups.append(_Group(images={BMODE: bmodes[i], DOPPLER: dopplers[j]}, pairing=_sentence(found), spare=[]))
        taken |= {id(bmodes[i]), id(dopplers[j])}
    return groups, [v for v in bmodes + dopplers if id(v) not in taken]


def _best_pairs(gain: npt.NDArray[np.float64]) -> list[tuple[int, int]]:
    """Rows and columns, each at most once, with the greatest sum."""
    if gain.size <= 1:
        return [(0, 0)] * gain.size
    from scipy.optimize import linear_sum_assignment  # not needed for most folders, and slow to import

    return [(int(i), int(j)) for i, j in zip(*linear_sum_assignment(gain, maximize=True), strict=True)]


def _sentence(evidence: Evidence) -> str:
    text = ", ".join(evidence.reasons)
    return text[:1].upper() + text[1:] + "."


def _is_another_of(view: View, group: _Group) -> bool:
    """True when the group already has such an image and the headers name one and the same place."""
    same_kind = group.images.get(view.image.modality)
    return same_kind is not None and all(same_place(view.file, v.file) for v in group.images.values())


def _alone(view: View, views: list[View]) -> str:
    wanted, name = (DOPPLER, "Doppler") if view.image.modality == BMODE else (BMODE, "B-mode")
    if not any(v.image.modality == wanted for v in views):
        return f"The study has no {name} image."
    return f"No {name} image of the study fits: other side, other place, or too far apart in time."


def _case(group: _Group, views: list[View], task: Task, kinds: dict[str, str]) -> Case:
    first = group.images.get(BMODE) or group.images[DOPPLER]
    used = {id(v) for v in group.images.values()} | {id(v) for v in group.spare}
    others = group.spare + sorted((v for v in views if id(v) not in used), key=_view_order)
    pairing = group.pairing
    if any(v.file.path != first.file.path for v in group.spare):
        pairing += f" {len(group.spare)} more of the same place can be chosen instead."
    return Case(
        case_id=case_id(first.file.study_uid, first.file.sop_uid),
        task=task.name,
        study_uid=first.file.study_uid,
        patient_id=first.file.patient_id,
        images={kinds[m]: _named(group.images[m], kinds) for m in (BMODE, DOPPLER) if m in group.images},
        others=tuple(_named(v, kinds) for v in others),
        pairing=pairing.replace("Doppler", task.modality_label(kinds.get(DOPPLER, DOPPLER))),
        simulated=all(v.file.simulated for v in group.images.values()),
        facts={"device": first.file.device} if first.file.device else {},
    )


def _named(view: View, kinds: dict[str, str]) -> UltrasoundImage:
    """The image, its place, and the task's name for its kind: the colour image of liver elastography is "swe"."""
    place = view.file.place
    spot = replace(place, plane="", distance_cm=None).words() if place.is_specific else ""
    return replace(view.image, modality=kinds[view.image.modality], place=spot, plane=place.plane)
