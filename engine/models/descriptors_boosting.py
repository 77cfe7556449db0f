"""Gradient boosting on the descriptors: scikit-learn grows the trees, and their arrays are what the file holds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from engine.domain.task import Task
from engine.models.registry import register
from engine.models.settings import settings_of
from engine.models.tabular import TabularModel


@dataclass(frozen=True, kw_only=True)
class BoostingOptions:
    """trees per logit, their depth, the share that each adds, and the fewest cases in a leaf."""

    trees: int = 100
    depth: int = 2
    rate: float = 0.1
    leaf: int = 5
    seed: int = 0


PRESETS = {"recommended": BoostingOptions()}


@register("descriptors_boosting", presets=tuple(PRESETS), description="Gradient boosting on the descriptors alone.")
class DescriptorsBoosting(TabularModel):
    """Sum of small decision trees (Friedman 2001), evaluated from plain arrays.

    Parameters
    ----------
    options : values of `BoostingOptions`.

    Attributes
    ----------
    feature, threshold, left, right, value : (trees * n_logits, nodes) of all trees; a leaf leads to itself.
    start : (n_logits,) what the sum begins with.
    """

    feature: Tensor
    threshold: Tensor
    left: Tensor
    right: Tensor
    value: Tensor
    start: Tensor

    def __init__(self, task: Task, preset: str = "recommended", **options: object) -> None:
        settings = settings_of("descriptors_boosting", PRESETS, preset, options)
        super().__init__(task, name="descriptors_boosting", preset=preset)
        self.settings = settings
        shape = (settings.trees * task.n_logits, 2 ** (settings.depth + 1) - 1)
        for name, dtype in (
            ("feature", torch.int64),
            ("threshold", torch.float64),
            ("left", torch.int64),
            ("right", torch.int64),
            ("value", torch.float64),
        ):
            self.register_buffer(name, torch.zeros(shape, dtype=dtype))
        self.register_buffer("start", torch.zeros(task.n_logits, dtype=torch.float64))

    def scores(self, multi_hot: Tensor) -> Tensor:
        """scikit-learn's `decision_function`, to the precision of float32."""
        trees = torch.arange(len(self.feature), device=multi_hot.device)
        node = torch.zeros(len(multi_hot), len(self.feature), dtype=torch.int64, device=multi_hot.device)
        for _ in range(self.settings.depth):
            at = multi_hot.gather(1, self.feature[trees, node])
            node = torch.where(at <= self.threshold[trees, node], self.left[trees, node], self.right[trees, node])
        added = self.value[trees, node].view(len(multi_hot), self.settings.trees, self.task.n_logits).sum(dim=1)
        return (self.start + self.settings.rate * added).to(multi_hot.dtype)

    @torch.no_grad()
    def fit_table(self, multi_hot: npt.NDArray[np.float64], targets: npt.NDArray[np.integer]) -> None:
        """Fit with scikit-learn and keep the trees' arrays."""
        from sklearn.ensemble import GradientBoostingClassifier  # needed for fitting only

        s = self.settings
        fitted = GradientBoostingClassifier(
            n_estimators=s.trees,
            max_depth=s.depth,
            learning_rate=s.rate,
            min_samples_leaf=s.leaf,
            random_state=s.seed,
        ).fit(multi_hot, targets)
        for row, tree in enumerate(fitted.estimators_.ravel()):
            self._keep(row, tree.tree_)
        # What the sum begins with is scikit-learn's own affair: it is what its answer has beyond the trees.
        first = torch.from_numpy(multi_hot[:1])
        self.start.zero_()
        answer = torch.from_numpy(np.reshape(fitted.decision_function(multi_hot[:1]), (1, -1)))
        self.start.copy_((answer - self.scores(first))[0])

    def _keep(self, row: int, tree: Any) -> None:
        count, itself = tree.node_count, np.arange(tree.node_count)
        leaf = tree.children_left < 0
        arrays = {
            "feature": np.where(leaf, 0, tree.feature),
            "threshold": np.where(leaf, 0.0, tree.threshold),
            "left": np.where(leaf, itself, tree.children_left),
            "right": np.where(leaf, itself, tree.children_right),
            "value": tree.value[:, 0, 0],
        }
        for name, array in arrays.items():
            kept: Tensor = getattr(self, name)[row]
            kept.zero_()
            kept[:count] = torch.from_numpy(np.ascontiguousarray(array))
