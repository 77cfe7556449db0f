"""The passes of a fusion model that one answer takes: forward, evidence maps, leave-one-modality-out.

Each pass works on a batch and reuses the branches of the one before wherever the model's contract allows it.
"""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import Executor
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from engine.domain.task import DESCRIPTORS
from engine.explain.heatmap import evidence_maps, traced_forward, traced_fusion
from engine.models.contract import Encoded, FusionModel, FusionOutput

Array = npt.NDArray[np.float32]


@dataclass(frozen=True, kw_only=True)
class RawAnswer:
    """What a model gave for a batch of N cases, before calibration.

    Attributes
    ----------
    logits : (N, n_logits).
    maps : image modality -> (N, h, w) evidence in logit units, empty when not asked for.
    without : modality -> (N, n_logits) with only that modality left out, empty when not asked for.
    """

    logits: Array
    maps: Mapping[str, Array] = field(default_factory=dict)
    without: Mapping[str, Array] = field(default_factory=dict)


def answer(
    model: FusionModel,
    inputs: Mapping[str, Tensor],
    present: Tensor,
    *,
    heatmaps: bool,
    contributions: bool,
    branches: Executor | None = None,
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
    without = _left_out(model, inputs, present, encoded, branches) if contributions else {}
    return RawAnswer(
        logits=_array(output.logits),
        maps={m: _array(v) for m, v in maps.items()},
        without={m: _array(v) for m, v in without.items()},
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


def _left_out(
    model: FusionModel,
    inputs: Mapping[str, Tensor],
    present: Tensor,
    encoded: Encoded | None,
    branches: Executor | None,
) -> dict[str, Tensor]:
    left_out: dict[str, Tensor] = {}
    for column, modality in enumerate(model.task.modalities):
        if not bool(present[:, column].any()):
            continue
        rest = present.clone()
        rest[:, column] = False
        again = model.branches_interact or (modality == DESCRIPTORS and model.images_see_descriptors)
        features = _encoded(model, inputs, rest, branches) if again else encoded
        left_out[modality] = _fused(model, inputs, rest, features).logits
    return left_out


def _fused(model: FusionModel, inputs: Mapping[str, Tensor], present: Tensor, encoded: Encoded | None) -> FusionOutput:
    with torch.no_grad():
        return model(inputs, present) if encoded is None else model.fuse(encoded, present)


def _array(tensor: Tensor) -> Array:
    values: Array = tensor.detach().float().cpu().numpy()
    return values
