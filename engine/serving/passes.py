"""The passes of a fusion model that one answer takes: forward, evidence maps, every subset of the modalities.

Each pass works on a batch and reuses the branches of the one before wherever the model's contract allows it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import Executor
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from engine.domain.task import DESCRIPTORS
from engine.explain.heatmap import evidence_maps, traced_forward, traced_fusion
from engine.explain.shapley import subsets_of
from engine.explain.subset_answers import Subset
from engine.models.contract import Encoded, FusionModel, FusionOutput

Array = npt.NDArray[np.float32]
Tick = Callable[[], None]
"""Called between two passes; what it raises ends the work."""


@dataclass(frozen=True, kw_only=True)
class RawAnswer:
    """What a model gave for a batch of N cases, before calibration.

    Attributes
    ----------
    logits : (N, n_logits).
    maps : image modality -> (N, h, w) evidence in logit units, empty when not asked for.
    by_subset : subset of the modalities that any case has -> (N, n_logits) with only these shown; the last one is
        the whole. Empty when not asked for.
    weights : (N, M) fusion weights, where the system has them.
    fused : (N, F) features before the classifier.
    """

    logits: Array
    maps: Mapping[str, Array] = field(default_factory=dict)
    by_subset: Mapping[Subset, Array] = field(default_factory=dict)
    weights: Array | None = None
    fused: Array | None = None

    @property
    def without(self) -> Mapping[str, Array]:
        """Modality -> (N, n_logits) with only that modality left out."""
        if not self.by_subset:
            return {}
        names = list(self.by_subset)[-1]
        return {m: self.by_subset[tuple(n for n in names if n != m)] for m in names}


def answer(
    model: FusionModel,
    inputs: Mapping[str, Tensor],
    present: Tensor,
    *,
    heatmaps: bool,
    contributions: bool,
    branches: Executor | None = None,
    tick: Tick = lambda: None,
) -> RawAnswer:
    """All passes for one batch.

    Parameters
    ----------
    inputs, present : as for `FusionModel.forward`, on the model's device.
    branches : runs the image branches side by side; every branch gives the same bits as in turn.
    """
    encoded = _encoded(model, inputs, present, branches)
    output = traced_forward(model, inputs, present) if encoded is None else traced_fusion(model, encoded, present)
    maps = evidence_maps(output, explained_logit(output.logits)) if heatmaps else {}
    logits = _array(output.logits)
    by_subset: dict[Subset, Array] = {}
    if contributions:
        names = tuple(m for column, m in enumerate(model.task.modalities) if bool(present[:, column].any()))
        by_subset = _smaller_subsets(model, inputs, present, encoded, names, branches, tick)
        by_subset[names] = logits
    return RawAnswer(
        logits=logits,
        maps={m: _array(v) for m, v in maps.items()},
        by_subset=by_subset,
        weights=None if output.fusion_weights is None else _array(output.fusion_weights),
        fused=_array(output.fused),
    )


def explained_logit(logits: Tensor) -> Tensor:
    """(N,) column that is explained: the one logit of a binary task, else the predicted stage's."""
    return logits.detach().argmax(dim=1)


def _encoded(
    model: FusionModel, inputs: Mapping[str, Tensor], present: Tensor, branches: Executor | None
) -> Encoded | None:
    """Features of all branches, None for a model without separate steps."""
    try:
        if branches is None or model.branches_interact:
            with torch.no_grad():
                return model.encode(inputs, present)
        parts = list(branches.map(lambda m: _one_branch(model, inputs, present, m), model.task.images))
    except NotImplementedError:
        return None
    features = {m: f for part in parts for m, f in part.features.items()}
    return Encoded(features=features, descriptors=parts[0].descriptors)


def _one_branch(model: FusionModel, inputs: Mapping[str, Tensor], present: Tensor, modality: str) -> Encoded:
    names = model.task.modalities
    kept = torch.tensor([n in (modality, DESCRIPTORS) for n in names], device=present.device)
    part = {n: t for n, t in inputs.items() if n in (modality, DESCRIPTORS)}
    with torch.no_grad():  # per thread
        return model.encode(part, present & kept)


def _smaller_subsets(
    model: FusionModel,
    inputs: Mapping[str, Tensor],
    present: Tensor,
    whole: Encoded | None,
    names: Subset,
    branches: Executor | None,
    tick: Tick,
) -> dict[Subset, Array]:
    """Answers for every subset of `names` but the whole, the branches run as seldom as the contract allows."""
    branched = {_branch_view(model, names): whole}
    answers: dict[Subset, Array] = {}
    for subset in subsets_of(names)[:-1]:
        tick()
        view = _branch_view(model, subset)
        if view not in branched:
            branched[view] = _encoded(model, inputs, present & _mask(model, view, present), branches)
        shown = present & _mask(model, subset, present)
        answers[subset] = _array(_fused(model, inputs, shown, branched[view]).logits)
    return answers


def _branch_view(model: FusionModel, subset: Subset) -> Subset:
    """The modalities that the branches have to be given for this subset; the fusing step masks the others."""
    return tuple(
        m
        for m in model.task.modalities
        if m in subset or not (model.images_see_descriptors if m == DESCRIPTORS else model.branches_interact)
    )


def _mask(model: FusionModel, subset: Subset, present: Tensor) -> Tensor:
    return torch.tensor([m in subset for m in model.task.modalities], device=present.device)


def _fused(model: FusionModel, inputs: Mapping[str, Tensor], present: Tensor, encoded: Encoded | None) -> FusionOutput:
    with torch.no_grad():
        return model(inputs, present) if encoded is None else model.fuse(encoded, present)


def _array(tensor: Tensor) -> Array:
    values: Array = tensor.detach().float().cpu().numpy()
    return values
