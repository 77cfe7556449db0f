"""Labelled cases, decoded once and held in memory as arrays."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from engine.data.preprocess import PreparedCase
from engine.domain.errors import CaseError, ErrorKind
from engine.domain.task import DESCRIPTORS, Task


@dataclass(frozen=True, kw_only=True)
class LabelledCases:
    """N cases of one task.

    Attributes
    ----------
    images : image modality -> (N, size, size, 3) uint8, zeros where missing.
    descriptors : (N, task.n_terms) float32 multi-hot.
    present : (N, M) bool in `task.modalities` order.
    targets : (N,) int64 class index.
    groups : (N,) text; cases of one patient share it and never part between training and validation.
    simulated : all cases are simulated.
    left_out : sentences on cases that could not be used.
    folds : (N,) int64, the fold that the data themselves name (1, 2, ...), 0 = none.
    facts : per case what else is known of it, as text: "birads", "device", "site", "side", "split", "image_width" and
        "image_height" (pixels as stored), "source"...
    masks : (N, size, size) uint8, 1 inside the lesion of the first image modality, all 0 where none is known; None
        unless asked for. For reports and auxiliary training signals only, never an input of a model.
    """

    task: Task
    size: int
    case_ids: tuple[str, ...]
    images: dict[str, npt.NDArray[np.uint8]]
    descriptors: npt.NDArray[np.float32]
    present: npt.NDArray[np.bool_]
    targets: npt.NDArray[np.int64]
    groups: npt.NDArray[np.str_]
    simulated: bool
    left_out: tuple[str, ...] = ()
    folds: npt.NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, np.int64))
    facts: tuple[Mapping[str, str], ...] = ()
    masks: npt.NDArray[np.uint8] | None = None

    def __post_init__(self) -> None:
        if not len(self.folds):
            object.__setattr__(self, "folds", np.zeros(len(self.targets), np.int64))
        if not self.facts:
            object.__setattr__(self, "facts", ({},) * len(self.targets))

    def __len__(self) -> int:
        return len(self.targets)

    def batch(self, rows: npt.NDArray[np.integer]) -> tuple[dict[str, Tensor], Tensor, Tensor]:
        """Some rows as tensors: inputs (images (n, 3, size, size) uint8), present (n, M) and targets (n,)."""
        inputs = {m: torch.from_numpy(stack[rows]).permute(0, 3, 1, 2) for m, stack in self.images.items()}
        if self.task.fields:
            inputs[DESCRIPTORS] = torch.from_numpy(self.descriptors[rows])
        return inputs, torch.from_numpy(self.present[rows]), torch.from_numpy(self.targets[rows])

    def only(self, rows: npt.NDArray[np.integer]) -> LabelledCases:
        """A part of the cases."""
        return LabelledCases(
            task=self.task,
            size=self.size,
            case_ids=tuple(self.case_ids[r] for r in rows),
            images={m: stack[rows] for m, stack in self.images.items()},
            descriptors=self.descriptors[rows],
            present=self.present[rows],
            targets=self.targets[rows],
            groups=self.groups[rows],
            simulated=self.simulated,
            left_out=self.left_out,
            folds=self.folds[rows],
            facts=tuple(self.facts[r] for r in rows),
            masks=None if self.masks is None else self.masks[rows],
        )


@dataclass(frozen=True, kw_only=True)
class LabelledCase:
    """One prepared case with what is known of it; group: its patient, or the case itself where none is known."""

    prepared: PreparedCase
    target: int
    group: str
    facts: Mapping[str, str] = field(default_factory=dict)


def collect(
    task: Task,
    size: int,
    cases: Iterable[LabelledCase],
    expected: int,
    *,
    simulated: bool,
    left_out: Sequence[str] = (),
) -> LabelledCases:
    """Put up to `expected` cases into arrays, which are taken once, so that memory never holds the cases twice.

    Raises
    ------
    CaseError
        INVALID: no case is left.
    """
    images = {m: np.zeros((expected, size, size, 3), np.uint8) for m in task.images}
    descriptors = np.zeros((expected, task.n_terms), np.float32)
    present = np.zeros((expected, len(task.modalities)), bool)
    targets, groups, case_ids, facts = np.zeros(expected, np.int64), [], [], []
    for row, case in enumerate(cases):
        for column, modality in enumerate(task.images):
            if modality in case.prepared.images:
                images[modality][row] = case.prepared.images[modality].pixels
                present[row, column] = True
        if task.fields:
            descriptors[row] = case.prepared.descriptors
            present[row, -1] = case.prepared.has_descriptors
        targets[row] = case.target
        groups.append(case.group)
        case_ids.append(case.prepared.case_id)
        facts.append(case.facts)
    n = len(case_ids)
    if n == 0:
        raise nothing_usable(task, left_out)
    return LabelledCases(
        task=task,
        size=size,
        case_ids=tuple(case_ids),
        images={m: stack[:n] for m, stack in images.items()},
        descriptors=descriptors[:n],
        present=present[:n],
        targets=targets[:n],
        groups=np.asarray(groups),
        simulated=simulated,
        left_out=tuple(left_out),
        facts=tuple(facts),
    )


def joined(parts: Sequence[LabelledCases]) -> LabelledCases:
    """The cases of several sources in memory, in order; masks where all parts have them."""
    if len(parts) == 1:
        return parts[0]
    first = parts[0]
    masks = [part.masks for part in parts if part.masks is not None]
    return LabelledCases(
        task=first.task,
        size=first.size,
        case_ids=tuple(c for part in parts for c in part.case_ids),
        images={m: np.concatenate([part.images[m] for part in parts]) for m in first.images},
        descriptors=np.concatenate([part.descriptors for part in parts]),
        present=np.concatenate([part.present for part in parts]),
        targets=np.concatenate([part.targets for part in parts]),
        groups=np.concatenate([part.groups for part in parts]),
        simulated=all(part.simulated for part in parts),
        left_out=tuple(sentence for part in parts for sentence in part.left_out),
        folds=np.concatenate([part.folds for part in parts]),
        facts=tuple(facts for part in parts for facts in part.facts),
        masks=np.concatenate(masks) if len(masks) == len(parts) else None,
    )


def nothing_usable(task: Task, left_out: Sequence[str]) -> CaseError:
    """What to tell when no case is left."""
    return CaseError(
        ErrorKind.INVALID,
        f"No case with a known class of the task {task.name} could be used. Give the classes in labels.csv "
        "(case_id,label).",
        "; ".join(left_out),
    )
