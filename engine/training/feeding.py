"""Batches for the loop: the next one is gathered while the present one is computed."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import fields

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from engine.data.batches import normalised
from engine.domain.task import DESCRIPTORS
from engine.training.augmentation import Augmentation, augmented_with_masks
from engine.training.cases import LabelledCases
from engine.training.recipe import Recipe

Rows = npt.NDArray[np.int64]
Batch = tuple[dict[str, Tensor], Tensor, Tensor, Tensor | None]
"""Inputs, present, targets, lesion masks where the cases have been loaded with them."""

AHEAD = 2
NARROW = 16


def order_of(cases: int, *, seed: int, fold: int, epoch: int) -> Rows:
    """Order of the cases in an epoch, from its number alone, so that a resumed run finds it again."""
    return np.random.default_rng([seed, fold, epoch]).permutation(cases)


def rows_of_epoch(cases: LabelledCases, recipe: Recipe) -> Rows:
    """Rows that an epoch shows, in the order of the cases: as a rule each once."""
    times = np.ones(len(cases), np.int64)
    if DESCRIPTORS in cases.task.modalities:
        times[cases.present[:, cases.task.modalities.index(DESCRIPTORS)]] = recipe.data.repeat_described
    return np.repeat(np.arange(len(cases)), times)


def batches_per_epoch(cases: LabelledCases, recipe: Recipe) -> int:
    """Whole batches; a smaller remainder is left for the next epoch's other order.

    A last batch of one case has no batch statistics worth the name.
    """
    return max(1, len(rows_of_epoch(cases, recipe)) // recipe.schedule.batch_size)


def batches(cases: LabelledCases, parts: list[Rows], device: torch.device) -> Iterator[Batch]:
    """The rows in `parts` one after another on the device; images are uint8 still."""
    with ThreadPoolExecutor(1, thread_name_prefix="batches") as thread:
        waiting: deque[Future[Batch]] = deque()
        for rows in parts:
            waiting.append(thread.submit(_gathered, cases, rows, device.type == "cuda"))
            if len(waiting) > AHEAD:
                yield _moved(waiting.popleft().result(), device)
        while waiting:
            yield _moved(waiting.popleft().result(), device)


def layout_for(model: nn.Module, device: torch.device) -> torch.memory_format:
    """Channels last, which is faster, but on a processor not for narrow convolutions.

    With two threads and fewer than 16 channels, PyTorch 2.13's backward pass on a processor writes beyond its memory
    and ends the process.
    """
    narrow = any(m.out_channels < NARROW for m in model.modules() if isinstance(m, nn.Conv2d))
    return torch.contiguous_format if narrow and device.type == "cpu" else torch.channels_last


def shown(
    inputs: dict[str, Tensor], augmentation: Augmentation | None, layout: torch.memory_format = torch.channels_last
) -> dict[str, Tensor]:
    """What the model gets: images changed at random and normalised."""
    return shown_with_masks(inputs, None, augmentation, layout)[0]


def shown_with_masks(
    inputs: dict[str, Tensor],
    masks: Tensor | None,
    augmentation: Augmentation | None,
    layout: torch.memory_format = torch.channels_last,
) -> tuple[dict[str, Tensor], Tensor | None]:
    """What the model gets, and the masks (N, S, S) moved alike."""
    images = {m: t for m, t in inputs.items() if m != DESCRIPTORS}
    changed: Mapping[str, Tensor] = images
    if augmentation:
        changed, masks = augmented_with_masks(images, masks, augmentation)
    result = {m: normalised(t).contiguous(memory_format=layout) for m, t in changed.items()}
    return {**inputs, **result}, masks


def _gathered(cases: LabelledCases, rows: Rows, pinned: bool) -> Batch:
    inputs, present, targets = cases.batch(rows)
    masks = None if cases.masks is None else torch.from_numpy(cases.masks[rows])
    if not pinned:
        return inputs, present, targets, masks
    inputs = {m: t.contiguous().pin_memory() for m, t in inputs.items()}
    return inputs, present.pin_memory(), targets.pin_memory(), None if masks is None else masks.pin_memory()


def _moved(batch: Batch, device: torch.device) -> Batch:
    if device.type == "cpu":
        return batch
    inputs, *others = batch
    there = {m: t.to(device, non_blocking=True) for m, t in inputs.items()}
    present, targets, masks = (None if t is None else t.to(device, non_blocking=True) for t in others)
    assert present is not None
    assert targets is not None
    return there, present, targets, masks


def augmentation_of(recipe: Recipe) -> Augmentation | None:
    """The recipe's magnitudes, None = images as they are."""
    part = recipe.regularisation
    if not part.augment:
        return None
    return Augmentation(**{f.name: getattr(part, f.name) for f in fields(Augmentation)})
