"""Where labelled cases come from: ``phantom:N:SEED``, folders of studies, manifests, or several of these."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from engine.data.image_stack import ImageStack, image_stack
from engine.data.named_folds import fold_numbers
from engine.data.phantom import simulate_prepared
from engine.data.several_sources import SOURCE, open_sources, source_names
from engine.domain.case import Case
from engine.domain.errors import CaseError, ErrorKind
from engine.domain.task import Task
from engine.training.cases import LabelledCase, LabelledCases, collect, joined, nothing_usable

Progress = Callable[[int, int, str], None]
"""Called with (step, total, what is being done)."""

_PHANTOM = re.compile(r"phantom:(\d+):(\d+)")


def phantom_source(data: str) -> tuple[int, int] | None:
    """(cases, seed) of a ``phantom:N:SEED`` source, None for anything else.

    Raises
    ------
    CaseError
        INVALID: it begins like one, but is not one.
    """
    found = _PHANTOM.fullmatch(data)
    if found and int(found[1]) > 0:
        return int(found[1]), int(found[2])
    if data.startswith("phantom:"):
        raise CaseError(
            ErrorKind.INVALID, f"'{data}' is no phantom source; write phantom:CASES:SEED, e.g. phantom:4000:1."
        )
    return None


def load_cases(
    data: str | Sequence[str],
    task: Task,
    size: int,
    *,
    workers: int = 1,
    on_progress: Progress | None = None,
    cache: Path | None = None,
    keep: bool = True,
    masks: bool = False,
) -> LabelledCases:
    """All labelled cases of one or several sources, decoded and prepared; patients of several are kept apart.

    Parameters
    ----------
    data : ``phantom:N:SEED``, a folder (DICOM or research images), a manifest CSV file, or several of these as a
        sequence or joined by `` + ``.
    size : side of the prepared squares in pixels.
    workers : decoding processes.
    cache, keep : where decoded images are kept for the next time, see `engine.data.image_stack.image_stack`.
    masks : load the lesion masks of research folders too; the facts then hold "lesion_part" (of the image's area) and,
        where the size of a pixel is known, "lesion_mm" (diameter of a disc of the same area).

    Raises
    ------
    CaseError
        A source cannot be opened, or there is no case with a known class.
    """
    names = source_names(data)
    folders = [name for name in names if phantom_source(name) is None]
    parts = []
    if folders:
        study = open_sources(folders, task=task.name, workers=workers, on_progress=on_progress)
        labelled = [case for case in study.cases if case.label is not None]
        left_out = [refusal.sentence for refusal in study.refusals]  # a class that the task does not know is among them
        left_out += [f"{case.case_id}: its class is not known" for case in study.cases if case.label is None]
        if not labelled:
            raise nothing_usable(task, left_out)
        stack = image_stack(
            labelled, task, size, masks=masks, workers=workers, cache=cache, keep=keep, on_progress=on_progress
        )
        parts.append(_of_stack(labelled, stack, task, size, left_out))
    for number, seed in filter(None, map(phantom_source, names)):
        simulated = collect(task, size, _simulated(number, seed, task, size, on_progress), number, simulated=True)
        parts.append(simulated)
    return joined(parts)


def _simulated(cases: int, seed: int, task: Task, size: int, on_progress: Progress | None) -> Iterator[LabelledCase]:
    facts = {SOURCE: f"phantom:{cases}:{seed}"}
    for done, (prepared, target) in enumerate(simulate_prepared(cases, seed, size, task.name), start=1):
        yield LabelledCase(prepared=prepared, target=target, group=prepared.case_id, facts=facts)
        if on_progress:
            on_progress(done, cases, "simulating cases")


def _of_stack(
    labelled: Sequence[Case], stack: ImageStack, task: Task, size: int, left_out: Sequence[str]
) -> LabelledCases:
    left_out = [*left_out, *stack.told, *(f"{labelled[r].case_id}: {why}" for r, why in stack.failures.items())]
    cases = [labelled[row] for row in stack.rows]
    if not cases:
        raise nothing_usable(task, left_out)
    present = stack.present
    if task.fields:
        told = np.array([not case.descriptors.is_missing for case in cases])
        present = np.concatenate([present, told[:, None]], axis=1)
    facts = [_facts(case, task) for case in cases]
    if stack.masks is not None:
        facts = [f | _lesion_size(f, mask) for f, mask in zip(facts, stack.masks, strict=True)]
    return LabelledCases(
        task=task,
        size=size,
        case_ids=tuple(case.case_id for case in cases),
        images=stack.images,
        descriptors=np.stack([case.descriptors.multi_hot(task) for case in cases]).astype(np.float32),
        present=present,
        targets=np.array([task.classes.index(case.label or "") for case in cases], np.int64),
        groups=np.array([case.patient_id or case.study_uid or case.case_id for case in cases]),
        simulated=all(case.simulated for case in cases),
        left_out=tuple(left_out),
        folds=fold_numbers(facts),
        facts=tuple(facts),
        masks=stack.masks,
    )


def _facts(case: Case, task: Task) -> dict[str, str]:
    facts = dict(case.facts)
    image = next((case.images[m] for m in task.images if m in case.images), None)
    if image is not None:
        facts |= {"image_width": str(image.columns), "image_height": str(image.rows)}
        if image.laterality:
            facts.setdefault("side", image.laterality)
    return facts


def _lesion_size(facts: dict[str, str], mask: npt.NDArray[np.uint8]) -> dict[str, str]:
    inside = int(mask.sum())
    if not inside or "image_width" not in facts:
        return {}
    width, height = int(facts["image_width"]), int(facts["image_height"])
    pixels = inside * (max(width, height) / mask.shape[0]) ** 2
    found = {"lesion_part": f"{pixels / (width * height):.4f}"}
    with contextlib.suppress(KeyError, ValueError):
        found["lesion_mm"] = f"{2 * (pixels / np.pi) ** 0.5 * float(facts['pixel_size_mm']):.2f}"
    return found
