"""What every fusion system promises: one forward, one output, any subset of modalities."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from engine.domain.task import Task


@dataclass(frozen=True, kw_only=True)
class FusionOutput:
    """Answer of a fusion model to a batch of N cases.

    Attributes
    ----------
    logits : (N, task.n_logits), never probabilities. A binary task's one logit is that of `classes[1]`.
    unimodal_logits : modality -> (N, n_logits), where the system has unimodal heads.
    features : image modality -> (N, C, h, w) last feature map, before pooling: heatmaps are taken from these.
    fusion_weights : (N, M) weight of each modality, where the system has them.
    fused : (N, F) vector before the classifier.
    present : (N, M) bool, the modalities that were really used: in training fewer than given, by modality dropout.
    extra_logits : name -> (N, L) of further classifiers, such as the "joint" one of an ensemble of classifiers.
    """

    logits: Tensor
    fused: Tensor
    unimodal_logits: Mapping[str, Tensor] = field(default_factory=dict)
    features: Mapping[str, Tensor] = field(default_factory=dict)
    fusion_weights: Tensor | None = None
    present: Tensor | None = None
    extra_logits: Mapping[str, Tensor] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Encoded:
    """What the branches make of a batch, before it is fused: the costly part, which heatmaps and contributions reuse.

    Attributes
    ----------
    features : image modality -> (N, C, h, w) last feature map, before pooling.
    descriptors : (N, F) encoded descriptors, before masking; None when the task has none.
    context : whatever else the fusing step needs; only for systems whose branches interact.
    """

    features: Mapping[str, Tensor]
    descriptors: Tensor | None = None
    context: Mapping[str, Tensor] = field(default_factory=dict)


class FusionModel(nn.Module, ABC):
    """Base of every fusion system. Subclasses are found through `engine.models.registry`.

    Attributes
    ----------
    task : what is told apart and from which modalities.
    preset : "faithful", "recommended" or "tiny".
    input_size : side in pixels of the square images this preset expects.
    architecture, options : registry name and the further arguments it was made with; set by `create_model`.
    class_weights : (number of classes,) weight of each class in `loss`, None = 1; no part of the model file.
    images_see_descriptors : the image branches are conditioned on the descriptors, so that leaving the descriptors out
        needs the branches again.
    branches_interact : the image branches exchange features, so that leaving any image out needs them again; False
        means that `encode` gives the same feature map for an image whether or not the others are there, so that the
        branches may run one by one in several threads.
    branches_have_dropout : False = `encode` draws nothing at random even with dropout switched on, so that repeated
        passes repeat only `fuse`.
    looks_at : modalities that it answers from, which its card says; empty = all of the task.
    wants_masks : in training it learns from lesion masks, too, by `guided`; they are never an input.
    takes_any_size : images may be larger than `input_size`: it looks at parts of them.
    fits_at_once : trained by one call of `fit_at_once`, not by steps on `loss`.
    sharpens : calibration tells it how sure it may be with each set of modalities, by `sharpen`.
    cautions : sentences for the person about using this system for this task.

    A system whose `forward` is ``fuse(encode(inputs, present), present)`` implements both steps, so that heatmaps take
    gradients through `fuse` alone and contributions run the branches as seldom as possible.
    """

    images_see_descriptors = True
    branches_interact = False
    branches_have_dropout = True
    looks_at: tuple[str, ...] = ()
    wants_masks = False
    takes_any_size = False
    fits_at_once = False
    sharpens = False
    cautions: tuple[str, ...] = ()
    architecture: str
    options: Mapping[str, object]
    class_weights: Tensor | None

    def __init__(self, task: Task, *, preset: str, input_size: int) -> None:
        super().__init__()
        self.task = task
        self.preset = preset
        self.input_size = input_size
        self.architecture = ""
        self.options = {}
        self.class_weights = None

    @abstractmethod
    def forward(self, inputs: Mapping[str, Tensor], present: Tensor | None = None) -> FusionOutput:
        """Fuse a batch.

        Parameters
        ----------
        inputs : image modality -> (N, 3, S, S) float32 normalised; "descriptors" -> (N, task.n_terms) multi-hot.
        present : (N, M) bool in `task.modalities` order, None = all that `inputs` holds. What is absent cannot
            influence the output.
        """

    def encode(self, inputs: Mapping[str, Tensor], present: Tensor | None = None) -> Encoded:
        """First step: run the branches (arguments as for `forward`)."""
        raise NotImplementedError(f"{type(self).__name__} has no separate encoding step")

    def fuse(self, encoded: Encoded, present: Tensor | None = None) -> FusionOutput:
        """Second step: pool, mask by `present`, fuse and classify; `features` of the answer are those of `encoded`."""
        raise NotImplementedError(f"{type(self).__name__} has no separate fusing step")

    def guided(
        self, inputs: Mapping[str, Tensor], present: Tensor, masks: Tensor, done: float
    ) -> tuple[FusionOutput, dict[str, Tensor]]:
        """A pass in training, guided by lesion masks, and the loss terms that come of them.

        Parameters
        ----------
        masks : (N, S, S) uint8, 1 inside the lesion of the first image modality, all 0 where it is not known.
        done : part of the training that lies behind, from 0 to 1.
        """
        raise NotImplementedError(f"{type(self).__name__} takes no masks")

    def stochastic_passes(self, inputs: Mapping[str, Tensor], present: Tensor | None, passes: int) -> Tensor:
        """(passes, N, n_logits) of repeated passes with whatever dropout is switched on; what draws nothing runs once.

        Call it inside `engine.explain.uncertainty.dropout_active`.
        """
        if self.branches_have_dropout:
            return torch.stack([self(inputs, present).logits for _ in range(passes)])
        encoded = self.encode(inputs, present)
        return torch.stack([self.fuse(encoded, present).logits for _ in range(passes)])

    def fit_at_once(
        self, descriptors: npt.NDArray[np.floating], present: npt.NDArray[np.bool_], targets: npt.NDArray[np.integer]
    ) -> None:
        """Fit to the descriptors (n, n_terms) of cases with presence (n, M) and class indices (n,)."""
        raise NotImplementedError(f"{type(self).__name__} is trained in steps")

    def sharpen(self, modalities: Sequence[str], factor: float) -> None:
        """Multiply the logits by a factor wherever exactly these modalities are present."""
        raise NotImplementedError(f"{type(self).__name__} is as sure with every set of modalities as it was trained")

    @abstractmethod
    def loss(self, output: FusionOutput, target: Tensor) -> dict[str, Tensor]:
        """Loss terms by name; "total" is what is minimised. target: (N,) int64 class index."""
