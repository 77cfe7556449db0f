"""Models and batches for the tests of evidence maps."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor, nn

from engine.domain.task import DESCRIPTORS, load_task
from engine.models.contract import FusionModel, FusionOutput
from engine.models.registry import create_model

SIZE = 64


def tiny(task: str = "breast_lesion", seed: int = 0) -> FusionModel:
    """MHFNet tiny at 64 pixels, with every weight random: untrained injections would be zero."""
    torch.manual_seed(seed)
    model = create_model("mhfnet", load_task(task), "tiny", input_size=SIZE)
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if parameter.ndim == 1 and "bn" not in name:
                parameter.normal_(0, 0.1)
            elif "inject" in name:
                parameter.normal_(0, 0.05)
    return model.eval().requires_grad_(False)


def batch(model: FusionModel, cases: int, seed: int = 1) -> dict[str, Tensor]:
    """Random inputs for all modalities."""
    maker = torch.Generator().manual_seed(seed)
    inputs = {m: torch.randn(cases, 3, SIZE, SIZE, generator=maker) for m in model.task.images}
    if model.task.fields:
        inputs[DESCRIPTORS] = (torch.rand(cases, model.task.n_terms, generator=maker) > 0.7).float()
    return inputs


class OneBranch(nn.Module):
    """The model as a function of one image, the other inputs fixed: what CAM libraries can take."""

    def __init__(self, model: FusionModel, inputs: Mapping[str, Tensor], modality: str) -> None:
        super().__init__()
        self.model = model
        self.fixed = dict(inputs)
        self.modality = modality
        self.tap = nn.Identity()

    def forward(self, image: Tensor) -> Tensor:
        encoded = self.model.encode({**self.fixed, self.modality: image})
        features = dict(encoded.features)
        features[self.modality] = self.tap(features[self.modality])
        everything = torch.ones(len(image), len(self.model.task.modalities), dtype=torch.bool)
        return self.model.fuse(type(encoded)(features=features, descriptors=encoded.descriptors), everything).logits


class WithoutSteps(FusionModel):
    """The same network behind a bare `forward`, as a system without separate steps would be."""

    def __init__(self, inner: FusionModel) -> None:
        super().__init__(inner.task, preset=inner.preset, input_size=inner.input_size)
        self.inner = inner

    def forward(self, inputs: Mapping[str, Tensor], present: Tensor | None = None) -> FusionOutput:
        return self.inner(inputs, present)  # type: ignore[no-any-return]

    def loss(self, output: FusionOutput, target: Tensor) -> dict[str, Tensor]:
        return self.inner.loss(output, target)
