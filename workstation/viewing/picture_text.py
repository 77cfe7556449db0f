"""The few words around a picture. No Qt."""

from __future__ import annotations

from pathlib import Path

from engine.domain.case import Case, UltrasoundImage
from engine.domain.task import Task
from workstation.viewing.look import Manner
from workstation.words import tr


def place(image: UltrasoundImage) -> str:
    """Side of the body, empty when unknown."""
    return image.laterality


def why(task: Task, case: Case, modality: str) -> str:
    """How the picture came to be here: how its kind was told and, after the first one, why the two belong together."""
    parts = [case.images[modality].why]
    if modality != task.images[0] and len(case.images) > 1:
        parts.insert(0, case.pairing)
    return " · ".join(part.rstrip(".") for part in parts if part)


def frame_text(index: int, n_frames: int) -> str:
    return tr("{index} of {n_frames}", index=index + 1, n_frames=n_frames) if n_frames > 1 else ""


def manner_text(manner: Manner) -> list[str]:
    """How a picture is shown; everything that is not as stored is said."""
    turned = {
        tr("flipped left-right"): manner.mirrored,
        tr("flipped up-down"): manner.upside_down,
        tr("inverted"): manner.inverted,
    }
    return [*(words for words, on in turned.items() if on), str(manner.window)]


def missing_text(task: Task, case: Case | None, modality: str) -> str:
    """What stands where a picture is missing."""
    if case is None:
        return ""
    label = task.modality_label(modality)
    if case.others:
        return tr(
            "No {label} image in this case.\nChoose one of the study's other images with the menu above, "
            "or drag one here.",
            label=label,
        )
    return tr("No {label} image in this case.\nIt is scored without.", label=label)


def choice_text(task: Task, image: UltrasoundImage) -> str:
    """One line of the menu of other images."""
    kind = {"spectral": tr("spectral Doppler")}.get(image.modality, task.modality_label(image.modality))
    parts = [kind, tr(image.laterality) if image.laterality else "", clock(image.taken_at), Path(image.path).name]
    frames = tr("{n_frames} frames", n_frames=image.n_frames) if image.n_frames > 1 else ""
    return " · ".join(part for part in (*parts, frames) if part)


def short_text(task: Task, image: UltrasoundImage) -> str:
    """Kind and file, for the little room under a thumbnail."""
    kind = {"spectral": tr("spectral")}.get(image.modality, task.modality_label(image.modality))
    return f"{kind} {Path(image.path).stem}"


def clock(taken_at: float | None) -> str:
    """Seconds since midnight as hours and minutes."""
    if taken_at is None:
        return ""
    minutes = int(taken_at) // 60
    return f"{minutes // 60:02d}:{minutes % 60:02d}"


def images_of(task: Task, case: Case) -> str:
    """What the case list says of a case's pictures."""
    found = [m.label for m in task.image_modalities if m.name in case.images]
    return " + ".join(found) if found else tr("no image to score")


def side_of(case: Case) -> str:
    sides = {i.laterality for i in case.images.values() if i.laterality}
    return tr(sides.pop()) if len(sides) == 1 else ""


def name_of(case: Case) -> str:
    """What the reader knows the case by."""
    return case.patient_id if case.source == "dicom" and case.patient_id else case.case_id
