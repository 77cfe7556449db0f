"""A phantom study on disk: DICOM files, descriptors.csv and labels.csv."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np

from engine.data.phantom.cases import PhantomCase, simulate
from engine.data.phantom.screen import bar_box, placements, screen
from engine.data.phantom.view import Frame, View
from engine.dicom.regions import COLOUR_BAR, COLOUR_FLOW, FORMAT_2D, GREY_BAR, TISSUE
from engine.dicom.write import UltrasoundHeader, write_ultrasound
from engine.domain.case import Box, Region
from engine.domain.errors import CaseError, ErrorKind
from engine.domain.files import write_atomically
from engine.domain.task import Task, load_task

GRAPHICS = 5
"""RegionSpatialFormat of a bar (DICOM PS3.3 C.8.5.5.1.1)."""
BODY_PARTS = {"breast_lesion": "BREAST", "liver_fibrosis": "LIVER"}
SECONDS_BETWEEN = 37
"""From the first picture of a lesion to the second."""


def generate(
    out: Path,
    *,
    cases: int,
    seed: int,
    task: str = "breast_lesion",
    on_progress: Callable[[int, int], None] | None = None,
) -> None:
    """Write a study folder: one subfolder per case, `descriptors.csv` (if the task has any) and `labels.csv`.

    The same arguments give the same bytes. A study of as many or fewer cases that lies there already is replaced.

    Parameters
    ----------
    cases, seed : case i depends on the seed and i alone.
    on_progress : called with (cases done, cases) after each.

    Raises
    ------
    CaseError
        INVALID for a task without phantom, fewer than one case or a folder that holds a larger phantom study;
        STORAGE when a file cannot be written.
    """
    described = load_task(task)
    if cases < 1 or seed < 0:
        raise CaseError(ErrorKind.INVALID, "A phantom study needs at least one case and a seed of 0 or more.")
    if (out / _folder_name(cases)).exists():
        raise CaseError(
            ErrorKind.INVALID,
            f"{out.name} already holds a phantom study of more than {cases} cases, which would mix with the new one. "
            "Choose an empty folder.",
        )
    labels: list[Sequence[str]] = [("case_id", "label")]
    rows: list[Sequence[str]] = [("case_id", *(f.name for f in described.fields))]
    for index in range(cases):
        case = simulate(task, seed, index, cine=True)
        write_case(out / _folder_name(index), case, described)
        labels.append((case.plan.case_id, described.classes[case.latents.class_index]))
        rows.append((case.plan.case_id, *case.descriptors.as_row(described).values()))
        if on_progress is not None:
            on_progress(index + 1, cases)
    if described.fields:
        write_atomically(out / "descriptors.csv", _csv(rows))
    write_atomically(out / "labels.csv", _csv(labels))


def _folder_name(index: int) -> str:
    return f"case-{index + 1:04d}"


def write_case(folder: Path, case: PhantomCase, task: Task) -> None:
    """The files of one case: one per picture, or a single one that shows both side by side."""
    plan = case.plan
    groups = [case.views] if plan.dual else [{m: v} for m, v in case.views.items()]
    for number, views in enumerate(groups):
        places = placements(views, dual=plan.dual)
        first = next(iter(views))
        frames = _screens(views, places, _caption(case, task, tuple(views)))
        colour = any(v.colour_box is not None for v in views.values())
        header = UltrasoundHeader(
            sop_uid=plan.uids[first],
            study_uid=plan.uids["study"],
            series_uid=plan.uids["series"],
            patient_id=plan.patient_id,
            regions=tuple(r for m, v in views.items() for r in _regions(v, places[m])),
            laterality=plan.laterality,
            place=plan.place,
            series_description=f"{task.title} phantom, simulated",
            body_part=BODY_PARTS[task.name],
            instance=number + 1,
            date=plan.date,
            seconds=plan.seconds + SECONDS_BETWEEN * number,
            colour=colour,
        )
        # most grey pictures have one channel, some three equal ones, as many scanners store them
        grey = not colour and case.index % 4 != 3
        write_ultrasound(
            folder / f"image-{number + 1}.dcm",
            frames[..., :1] if grey else frames,
            header,
            transfer_syntax=plan.syntaxes[first],
        )


def _screens(views: Mapping[str, View], places: Mapping[str, Box], caption: str) -> Frame:
    """(F, rows, columns, 3) uint8; more than one frame where a single picture has a cine."""
    view = next(iter(views.values()))
    if len(views) > 1 or not view.cine[0]:
        return screen(views, places, caption)[None]
    modality = next(iter(views))
    frames = (*view.cine[0], view.frame, *view.cine[1])
    return np.stack([screen({modality: View(frame=f, pixel_mm=view.pixel_mm)}, places, caption) for f in frames])


def _regions(view: View, place: Box) -> tuple[Region, ...]:
    def region(box: Box, data_type: int) -> Region:
        size = view.pixel_mm
        return Region(box=box, data_type=data_type, spatial_format=FORMAT_2D, delta_x_mm=size, delta_y_mm=size)

    bar = Region(box=bar_box(place), data_type=COLOUR_BAR if view.colour_box else GREY_BAR, spatial_format=GRAPHICS)
    if view.colour_box is None:
        return region(place, TISSUE), bar
    inner = view.colour_box
    box = Box(place.x0 + inner.x0, place.y0 + inner.y0, place.x0 + inner.x1, place.y0 + inner.y1)
    return region(place, TISSUE), region(box, COLOUR_FLOW), bar


def _caption(case: PhantomCase, task: Task, modalities: Sequence[str]) -> str:
    return f"SonoFuse phantom   {case.plan.place}   {' / '.join(task.modality_label(m) for m in modalities)}"


def _csv(rows: Sequence[Sequence[str]]) -> bytes:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue().encode("utf-8")
