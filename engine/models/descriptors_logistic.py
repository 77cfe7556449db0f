"""Logistic regression on the descriptors: the baseline that any fusion has to beat (scikit-learn fits it)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from engine.domain.task import Task
from engine.models.registry import register
from engine.models.settings import settings_of
from engine.models.tabular import TabularModel


@dataclass(frozen=True, kw_only=True)
class LogisticOptions:
    """strength : inverse of the L2 penalty, scikit-learn's `C`."""

    strength: float = 1.0


PRESETS = {"recommended": LogisticOptions()}


@register("descriptors_logistic", presets=tuple(PRESETS), description="Logistic regression on the descriptors alone.")
class DescriptorsLogistic(TabularModel):
    """One weight per term; kept as a linear layer, so that its file holds numbers and nothing else.

    Parameters
    ----------
    options : values of `LogisticOptions`.
    """

    def __init__(self, task: Task, preset: str = "recommended", **options: object) -> None:
        settings = settings_of("descriptors_logistic", PRESETS, preset, options)
        super().__init__(task, name="descriptors_logistic", preset=preset)
        self.settings = settings
        self.linear = nn.Linear(task.n_terms, task.n_logits)
        nn.init.zeros_(self.linear.weight)
        nn.init.zeros_(self.linear.bias)

    def scores(self, multi_hot: Tensor) -> Tensor:
        """scikit-learn's `decision_function`."""
        logits: Tensor = self.linear(multi_hot)
        return logits

    @torch.no_grad()
    def fit_table(self, multi_hot: npt.NDArray[np.float64], targets: npt.NDArray[np.integer]) -> None:
        """Fit with scikit-learn and keep the coefficients."""
        from sklearn.linear_model import LogisticRegression  # takes a second to import, and is needed for fitting only

        fitted = LogisticRegression(C=self.settings.strength, max_iter=2000).fit(multi_hot, targets)
        self.linear.weight.copy_(torch.from_numpy(fitted.coef_))
        self.linear.bias.copy_(torch.from_numpy(fitted.intercept_))
