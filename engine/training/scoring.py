"""Logits of held cases, with every modality or only some of them shown."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import numpy as np
import numpy.typing as npt
import torch

from engine.data.batches import normalised
from engine.evaluation.subsets import Subset
from engine.explain.subset_answers import answers_by_subset
from engine.models.contract import FusionModel
from engine.training.cases import LabelledCases


def in_batches(n: int, size: int) -> Iterator[npt.NDArray[np.int64]]:
    """Row numbers 0..n-1 in order, `size` at a time."""
    for first in range(0, n, size):
        yield np.arange(first, min(first + size, n))


@torch.no_grad()
def logits_of(
    model: FusionModel,
    cases: LabelledCases,
    *,
    present: npt.NDArray[np.bool_] | None = None,
    batch_size: int = 64,
    device: str = "cpu",
    on_batch: Callable[[int], None] | None = None,
) -> npt.NDArray[np.float32]:
    """(N, n_logits) of all cases in full precision; the model must be in evaluation mode.

    Parameters
    ----------
    present : (N, M) bool, None = what each case has.
    on_batch : called with the number of cases done.
    """
    results = []
    for rows in in_batches(len(cases), batch_size):
        inputs, here, _ = cases.batch(rows)
        if present is not None:
            here = torch.from_numpy(present[rows])
        on_device = {m: normalised(t.to(device)) if t.dtype == torch.uint8 else t.to(device) for m, t in inputs.items()}
        results.append(model(on_device, here.to(device)).logits.float().cpu().numpy())
        if on_batch:
            on_batch(int(rows[-1]) + 1)
    return np.concatenate(results) if results else np.zeros((0, cases.task.n_logits), np.float32)


@torch.no_grad()
def fused_and_unimodal_logits(
    model: FusionModel, cases: LabelledCases, *, batch_size: int = 64, device: str = "cpu"
) -> tuple[npt.NDArray[np.float32], dict[str, npt.NDArray[np.float32]]]:
    """What agreement between modalities is measured on, see `engine.evaluation.integration`.

    Returns
    -------
    (N, n_logits) of the fused prediction, and modality -> (N, n_logits) of its own classifier, NaN for cases that lack
    the modality; a modality without a classifier of its own is left out.
    """
    n, width = len(cases), cases.task.n_logits
    fused = np.zeros((n, width), np.float32)
    unimodal: dict[str, npt.NDArray[np.float32]] = {}
    for rows in in_batches(n, batch_size):
        inputs, present, _ = cases.batch(rows)
        shown = {m: normalised(t.to(device)) if t.dtype == torch.uint8 else t.to(device) for m, t in inputs.items()}
        output = model(shown, present.to(device))
        fused[rows] = output.logits.float().cpu().numpy()
        for modality, logits in output.unimodal_logits.items():
            own = unimodal.setdefault(modality, np.full((n, width), np.nan, np.float32))
            here = present[:, cases.task.modalities.index(modality)].numpy()
            own[rows[here]] = logits.float().cpu().numpy()[here]
    return fused, unimodal


@torch.no_grad()
def subset_logits(
    model: FusionModel,
    cases: LabelledCases,
    subsets: Sequence[Subset],
    *,
    batch_size: int = 64,
    device: str = "cpu",
    on_batch: Callable[[int], None] | None = None,
) -> dict[Subset, npt.NDArray[np.float32]]:
    """Subset -> (N, n_logits) with only that subset shown; the branches run as seldom as the model allows."""
    results: dict[Subset, list[npt.NDArray[np.float32]]] = {subset: [] for subset in subsets}
    for rows in in_batches(len(cases), batch_size):
        inputs, present, _ = cases.batch(rows)
        shown = {m: normalised(t.to(device)) if t.dtype == torch.uint8 else t.to(device) for m, t in inputs.items()}
        for subset, logits in answers_by_subset(model, shown, present.to(device), subsets).items():
            results[subset].append(logits.float().cpu().numpy())
        if on_batch:
            on_batch(int(rows[-1]) + 1)
    return {subset: np.concatenate(parts) for subset, parts in results.items()}
