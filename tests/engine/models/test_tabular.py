"""Models on descriptors alone: the numbers of scikit-learn, from files that hold plain arrays."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from sklearn.ensemble import GradientBoostingClassifier
from sklearn.linear_model import LogisticRegression

from engine.domain.errors import CaseError
from engine.domain.task import DESCRIPTORS, Task, load_task
from engine.explain.heatmap import heatmaps
from engine.models.files import load_model, save_model
from engine.models.registry import create_model
from tests.engine.models.systems import batch

BREAST = load_task("breast_lesion")
STAGES = replace(BREAST, classes=("a", "b", "c"), positive_class="b", ordinal=True)
NAMES = ["descriptors_logistic", "descriptors_boosting"]


def table(task: Task, n: int = 200) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    hot = (rng.random((n, task.n_terms)) < 0.3).astype(np.float32)
    score = hot[:, :6].sum(axis=1) - 1.8 + rng.normal(0, 0.5, n)
    targets = np.digitize(score, np.linspace(-0.5, 0.5, len(task.classes) - 1)).astype(np.int64)
    present = np.ones((n, 3), bool)
    present[:7, 2] = False
    return hot, present, targets


@pytest.mark.parametrize("task", [BREAST, STAGES], ids=["two", "three"])
@pytest.mark.parametrize("name", NAMES)
def test_numbers_are_scikit_learns(name: str, task: Task) -> None:
    hot, present, targets = table(task)
    model = create_model(name, task, "recommended")
    model.fit_at_once(hot, present, targets)
    if name == "descriptors_logistic":
        judge = LogisticRegression(C=1.0, max_iter=2000)
    else:
        judge = GradientBoostingClassifier(
            n_estimators=100, max_depth=2, learning_rate=0.1, min_samples_leaf=5, random_state=0
        )
    judge.fit(hot[7:].astype(np.float64), targets[7:])
    ours = model({DESCRIPTORS: torch.from_numpy(hot)}).logits.detach().numpy()
    np.testing.assert_allclose(ours.squeeze(), judge.decision_function(hot), atol=1e-5)


@pytest.mark.parametrize("name", NAMES)
def test_without_descriptors_the_classes_shares_answer_and_images_never_matter(name: str) -> None:
    hot, present, targets = table(BREAST)
    model = create_model(name, BREAST, "recommended").eval()
    model.fit_at_once(hot, present, targets)
    inputs, mask = batch(BREAST), torch.ones(4, 3, dtype=torch.bool)
    mask[0, 2] = False
    inputs[DESCRIPTORS][0] = torch.nan
    output = model(inputs, mask)
    assert torch.allclose(output.logits[0].sigmoid(), torch.tensor(targets[7:].mean(), dtype=torch.float32))
    del inputs["bmode"]
    inputs["doppler"] = inputs["doppler"] * torch.nan
    assert torch.equal(model(inputs, mask & torch.tensor([False, True, True])).logits, output.logits)
    assert heatmaps(model, inputs, mask & torch.tensor([False, True, True])) == {}
    alone = model.fuse(model.encode({DESCRIPTORS: inputs[DESCRIPTORS][1:]}))
    assert torch.allclose(alone.logits, output.logits[1:])


@pytest.mark.parametrize("name", NAMES)
def test_files_keep_every_bit(name: str, tmp_path: Path) -> None:
    hot, present, targets = table(BREAST)
    model = create_model(name, BREAST, "recommended")
    model.fit_at_once(hot, present, targets)
    again = load_model(save_model(model, tmp_path, name="kept"))
    inputs = {DESCRIPTORS: torch.from_numpy(hot)}
    assert torch.equal(again(inputs).logits, model(inputs).logits)


@pytest.mark.parametrize("name", NAMES)
def test_what_cannot_be_fitted_is_told(name: str) -> None:
    with pytest.raises(CaseError, match="liver_fibrosis has none"):
        create_model(name, load_task("liver_fibrosis"), "recommended")
    hot, present, targets = table(BREAST)
    with pytest.raises(CaseError, match="malignant"):
        create_model(name, BREAST, "recommended").fit_at_once(hot, present, np.zeros_like(targets))
