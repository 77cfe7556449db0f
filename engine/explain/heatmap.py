"""Grad-CAM of every image branch from one backward pass that ends at the last feature maps.

Selvaraju et al., "Grad-CAM", ICCV 2017, equations 1 and 2, without the ReLU and without any rescaling: a map keeps its
unit, so that maps of different images and cases can be compared and weak evidence looks weak.

The weighting is written here and not taken from the grad-cam library, which serves as the judge in the tests: that
library takes one input tensor, runs the backward pass through the whole trunk, scales every map to 0..1, and importing
it costs several seconds (torchvision, matplotlib, scikit-learn) at each start of the engine.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import torch
from torch import Tensor

from engine.models.contract import Encoded, FusionModel, FusionOutput


def traced_forward(model: FusionModel, inputs: Mapping[str, Tensor], present: Tensor | None = None) -> FusionOutput:
    """Forward pass that remembers only what happens after the last feature maps.

    The branches run without a graph; the features are then the leaves of a small graph through fusion and classifier.
    The numbers are those of ``model(inputs, present)``. A model without the two steps of the contract is traced as a
    whole, which gives the same maps at a higher price.
    """
    try:
        with torch.no_grad():
            encoded = model.encode(inputs, present)
    except NotImplementedError:
        with torch.enable_grad():
            return model(inputs, present)  # type: ignore[no-any-return]
    return traced_fusion(model, encoded, present)


def traced_fusion(model: FusionModel, encoded: Encoded, present: Tensor | None) -> FusionOutput:
    """Second step of `traced_forward`, from features that exist already."""
    features = {modality: feature.detach().requires_grad_() for modality, feature in encoded.features.items()}
    with torch.enable_grad():
        output = model.fuse(replace(encoded, features=features), present)
    # The leaves, and not what the model may have made of them, are what the gradient is taken for.
    return replace(output, features=features)


def evidence_maps(output: FusionOutput, target: Tensor, *, keep_graph: bool = False) -> dict[str, Tensor]:
    """Evidence maps of all image branches for one logit per case.

    Parameters
    ----------
    output : of `traced_forward`.
    target : (N,) int64, column of `output.logits` that is explained; zeros for a binary task.
    keep_graph : allows a second call on the same output.

    Returns
    -------
    modality -> (N, h, w) float32, ``sum_c (d logit / d pooled_c) A_c(h, w)``, in units of the logit. Its mean over the
    map is the image's first-order share of the logit; an image that is masked out has a map of zeros.
    """
    modalities = list(output.features)
    if not modalities:
        return {}
    features = [output.features[m] for m in modalities]
    chosen = output.logits.gather(1, target.view(-1, 1)).sum()  # cases do not interact: one backward serves them all
    gradients = torch.autograd.grad(chosen, features, retain_graph=keep_graph, allow_unused=True)
    return {
        modality: _weighted(feature, gradient)
        for modality, feature, gradient in zip(modalities, features, gradients, strict=True)
    }


def heatmaps(
    model: FusionModel, inputs: Mapping[str, Tensor], present: Tensor | None = None, target: Tensor | None = None
) -> dict[str, Tensor]:
    """Evidence maps of a batch: `traced_forward` and `evidence_maps` in one; `target` None explains the first logit."""
    output = traced_forward(model, inputs, present)
    if target is None:
        target = torch.zeros(len(output.logits), dtype=torch.int64, device=output.logits.device)
    return evidence_maps(output, target)


def _weighted(feature: Tensor, gradient: Tensor | None) -> Tensor:
    feature = feature.detach().float()
    if gradient is None:  # a model that dropped this branch altogether
        return torch.zeros_like(feature[:, 0])
    weights = gradient.float().sum(dim=(2, 3), keepdim=True)  # d logit / d pooled_c, as pooling is a mean
    return (weights * feature).sum(dim=1)
