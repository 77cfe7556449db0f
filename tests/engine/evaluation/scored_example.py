"""Made-up answers with ties, several cases per patient, readers' categories, masks and maps."""

from __future__ import annotations

from typing import Any

import numpy as np

from engine.domain.task import load_task
from engine.evaluation.scored import ScoredCases


def binary_scored(n: int = 240, seed: int = 1, **changes: Any) -> ScoredCases:
    """A breast task with three modalities; the probability of malignant is rounded, so that there are ties."""
    rng = np.random.default_rng(seed)
    task = load_task("breast_lesion")
    targets = (rng.random(n) < 0.4).astype(np.int64)
    malignant = np.round(1 / (1 + np.exp(-rng.normal(2 * targets - 1, 1.5))), 2)
    weaker = np.round(1 / (1 + np.exp(-rng.normal(1.2 * targets - 0.6, 1.5))), 2)
    both = np.stack([1 - malignant, malignant], axis=1)
    part = np.stack([1 - weaker, weaker], axis=1)
    categories = np.array(["2", "3", "4", "5"])[np.clip(rng.normal(1 + targets, 0.8).round().astype(int), 0, 3)]
    names = task.modalities
    made: dict[str, Any] = {
        "task": task,
        "case_ids": tuple(f"c-{i:04}" for i in range(n)),
        "probabilities": both,
        "logits": rng.normal(size=(n, 1)),
        "targets": targets,
        "present": np.ones((n, len(names)), bool),
        "groups": np.array([f"p{i // 2}" for i in range(n)]),
        "folds": np.zeros(n, np.int64),
        "facts": tuple({"birads": str(c), "device": "A" if i % 3 else "B"} for i, c in enumerate(categories)),
        "model": "made-up",
        "data": "made-up",
        "threshold": 0.3,
        "subsets": {names: both, names[:2]: part, names[:1]: part, names[1:2]: both, names[2:]: part},
        "shapley": rng.normal(size=(n, len(names))),
        "descriptors": rng.integers(0, 2, (n, task.n_terms)).astype(np.float64),
        "image_sizes": rng.integers(200, 400, (n, 2)).astype(np.float64),
        "fused": rng.normal(size=(n, 6)),
    }
    return ScoredCases(**{**made, **changes})


def stage_scored(n: int = 150, seed: int = 2) -> ScoredCases:
    """A liver task of five stages."""
    rng = np.random.default_rng(seed)
    task = load_task("liver_fibrosis")
    targets = rng.integers(0, 5, n)
    strength = -((np.arange(5)[None] - targets[:, None] - rng.normal(0, 1.0, (n, 1))) ** 2)
    probabilities = np.exp(strength) / np.exp(strength).sum(axis=1, keepdims=True)
    return ScoredCases(
        task=task,
        case_ids=tuple(f"c-{i:04}" for i in range(n)),
        probabilities=probabilities,
        logits=strength,
        targets=targets,
        present=np.ones((n, len(task.modalities)), bool),
        groups=np.array([f"p{i}" for i in range(n)]),
        folds=np.zeros(n, np.int64),
        facts=({},) * n,
        model="made-up",
        data="made-up",
        simulated=True,
    )
