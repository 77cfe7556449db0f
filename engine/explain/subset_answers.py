"""A model's answers with only some of the modalities shown, the branches run as seldom as its contract allows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor

from engine.domain.task import DESCRIPTORS
from engine.models.contract import Encoded, FusionModel

Subset = tuple[str, ...]
"""Modality names in task order; the empty one is a subset too."""


@torch.no_grad()
def answers_by_subset(
    model: FusionModel, inputs: Mapping[str, Tensor], present: Tensor, subsets: Sequence[Subset]
) -> dict[Subset, Tensor]:
    """Subset -> (N, n_logits) with only that subset shown; what is really missing stays missing.

    Parameters
    ----------
    model : in evaluation mode. inputs, present : as for `FusionModel.forward`.
    """
    names = model.task.modalities
    encoded: dict[bool, Encoded] = {}
    answers: dict[Subset, Tensor] = {}
    for subset in subsets:
        mask = present & torch.tensor([m in subset for m in names], device=present.device)
        if model.branches_interact:
            answers[subset] = model(inputs, mask).logits
            continue
        # The image branches differ only by whether they see the descriptors.
        seen = DESCRIPTORS in subset or not model.images_see_descriptors
        if seen not in encoded:
            kept = torch.tensor([m != DESCRIPTORS or seen for m in names], device=present.device)
            encoded[seen] = model.encode(inputs, present & kept)
        answers[subset] = model.fuse(encoded[seen], mask).logits
    return answers
