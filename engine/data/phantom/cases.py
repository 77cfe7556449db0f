"""Phantom cases in memory: what was drawn, its pictures, and its files' plan."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace

from engine.data.phantom.breast import breast_views
from engine.data.phantom.latents import Latents, draw
from engine.data.phantom.liver import liver_views
from engine.data.phantom.plan import CasePlan, plan_case
from engine.data.phantom.screen import placements
from engine.data.phantom.table import load_table
from engine.data.phantom.view import View
from engine.data.preprocess import PreparedCase, prepare
from engine.domain.case import UltrasoundImage
from engine.domain.descriptors import Descriptors, parse
from engine.domain.errors import CaseError, ErrorKind
from engine.domain.task import load_task

RENDERERS: Mapping[str, Callable[[int, int, Latents, int], dict[str, View]]] = {
    "breast_lesion": breast_views,
    "liver_fibrosis": liver_views,
}
"""Task -> function that draws a case's pictures by modality."""


@dataclass(frozen=True, kw_only=True)
class PhantomCase:
    """One simulated case, complete.

    Attributes
    ----------
    views : image modality -> picture of the ultrasound region.
    """

    index: int
    latents: Latents
    descriptors: Descriptors
    views: Mapping[str, View]
    plan: CasePlan


def simulate(task: str, seed: int, index: int, *, cine: bool = False) -> PhantomCase:
    """Case `index` of the sequence that `seed` starts; raises `CaseError` when the task has no phantom.

    Parameters
    ----------
    cine : also draw the neighbouring frames that the plan gives the first image.
    """
    described = load_task(task)
    load_table(task)
    if task not in RENDERERS:
        raise CaseError(ErrorKind.INVALID, f"There is no phantom for the task {task}.")
    latents = draw(task, seed, index)
    first, second = described.images
    plan = plan_case(task, seed, index, (first, second), latents.terms.get("location", ""))
    return PhantomCase(
        index=index,
        latents=latents,
        descriptors=parse(described, latents.terms),
        views=RENDERERS[task](seed, index, latents, plan.n_frames // 2 if cine else 0),
        plan=plan,
    )


def simulate_prepared(
    cases: int, seed: int, size: int, task: str = "breast_lesion", *, start: int = 0
) -> Iterator[tuple[PreparedCase, int]]:
    """Prepared cases and their class index, without files.

    The pixels are those that the written study gives after scanning, decoding and cutting to the ultrasound region,
    except for the few files stored as lossy JPEG (about one colour image in eight).

    Parameters
    ----------
    cases, seed : case i depends on the seed and i alone, so that a longer run begins with the shorter one.
    size : side of the prepared square in pixels.
    start : index of the first case, so that several processes can share one sequence.
    """
    described = load_task(task)
    for index in range(start, start + cases):
        case = simulate(task, seed, index)
        boxes = placements(case.views, dual=case.plan.dual)
        images = {}
        for modality, view in case.views.items():
            rows, columns = view.frame.shape[:2]
            image = UltrasoundImage(path="", modality=modality, why="simulated", rows=rows, columns=columns)
            prepared = prepare(image, view.frame, size)
            left, top = boxes[modality].x0, boxes[modality].y0
            images[modality] = replace(
                prepared, x0=prepared.x0 + left, x1=prepared.x1 + left, y0=prepared.y0 + top, y1=prepared.y1 + top
            )
        yield (
            PreparedCase(
                case_id=case.plan.case_id,
                images=images,
                descriptors=case.descriptors.multi_hot(described),
                has_descriptors=not case.descriptors.is_missing,
            ),
            case.latents.class_index,
        )
