"""Base of the models that look at the descriptors alone and are fitted at once, without steps."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from engine.domain.errors import CaseError, ErrorKind
from engine.domain.task import DESCRIPTORS, Task
from engine.models.contract import Encoded, FusionModel, FusionOutput
from engine.models.losses import classification_loss
from engine.models.presence import presence


class TabularModel(FusionModel):
    """Logits from the multi-hot descriptors; without descriptors the log-odds of the training cases' classes.

    A subclass writes `scores` and `fit_table`.

    Raises
    ------
    CaseError
        INVALID: the task has no descriptors.
    """

    images_see_descriptors = False
    branches_have_dropout = False
    looks_at = (DESCRIPTORS,)
    fits_at_once = True
    prior: Tensor

    def __init__(self, task: Task, *, name: str, preset: str) -> None:
        if not task.fields:
            raise CaseError(
                ErrorKind.INVALID,
                f"{name} looks at descriptors, and the task {task.name} has none. Choose another system.",
            )
        # Pictures are not looked at; the size only says how large they are prepared.
        super().__init__(task, preset=preset, input_size=32)
        self.register_buffer("prior", torch.zeros(task.n_logits))

    @abstractmethod
    def scores(self, multi_hot: Tensor) -> Tensor:
        """(N, n_terms) to logits (N, n_logits)."""

    @abstractmethod
    def fit_table(self, multi_hot: npt.NDArray[np.float64], targets: npt.NDArray[np.integer]) -> None:
        """Fit to (n, n_terms) and (n,) class indices, in which every class appears."""

    def forward(self, inputs: Mapping[str, Tensor], present: Tensor | None = None) -> FusionOutput:
        """See `FusionModel.forward`; images are not looked at."""
        present = presence(self.task, inputs, present)
        return self.fuse(self.encode(inputs, present), present)

    def encode(self, inputs: Mapping[str, Tensor], present: Tensor | None = None) -> Encoded:
        """The descriptors as they are, zeros where they are missing."""
        present = presence(self.task, inputs, present)
        if DESCRIPTORS not in inputs:
            return Encoded(features={})
        return Encoded(features={}, descriptors=torch.where(present[:, -1:], inputs[DESCRIPTORS], 0.0))

    def fuse(self, encoded: Encoded, present: Tensor | None = None) -> FusionOutput:
        """Score the cases that have descriptors."""
        if present is None:
            held = {} if encoded.descriptors is None else {DESCRIPTORS: encoded.descriptors}
            present = presence(self.task, held, None)
        logits = self.prior.expand(len(present), -1)
        fused = torch.zeros(len(present), self.task.n_terms, device=logits.device)
        unimodal = {}
        if encoded.descriptors is not None:
            fused = torch.where(present[:, -1:], encoded.descriptors, 0.0)
            unimodal[DESCRIPTORS] = self.scores(fused)
            logits = torch.where(present[:, -1:], unimodal[DESCRIPTORS], logits)
        return FusionOutput(logits=logits, fused=fused, unimodal_logits=unimodal, present=present)

    def loss(self, output: FusionOutput, target: Tensor) -> dict[str, Tensor]:
        """Classification loss."""
        fused = classification_loss(output.logits, target, self.class_weights)
        return {"fused": fused, "total": fused}

    def fit_at_once(
        self, descriptors: npt.NDArray[np.floating], present: npt.NDArray[np.bool_], targets: npt.NDArray[np.integer]
    ) -> None:
        """See `FusionModel.fit_at_once`.

        Raises
        ------
        CaseError
            INVALID: a class has no case with descriptors.
        """
        here = present[:, -1]
        counts = np.bincount(targets[here], minlength=len(self.task.classes))
        if not counts.all():
            absent = self.task.classes[int(np.argmin(counts))]
            raise CaseError(
                ErrorKind.INVALID, f"No case of the class {absent} has descriptors. Add such cases to train on them."
            )
        shares = np.log(counts / counts.sum())
        odds = shares[1:] - shares[:1] if self.task.is_binary else shares
        self.prior.copy_(torch.from_numpy(odds))
        self.fit_table(descriptors[here].astype(np.float64), targets[here])
