"""The stiffness baseline: kPa from colours, stages from published cut-offs, everything else as of any system."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from sklearn.metrics import roc_auc_score
from torch import Tensor

from engine.data.batches import normalised, to_batch
from engine.data.phantom import simulate_prepared
from engine.data.phantom.palettes import STIFFNESS_TOP_KPA, stiffness_colours
from engine.domain.errors import CaseError
from engine.domain.task import load_task
from engine.explain.heatmap import heatmaps
from engine.models.files import load_model, save_model
from engine.models.registry import create_model
from engine.models.stiffness_cutoffs import CutoffOptions, stiffness_kpa
from tests.engine.serving.test_every_system import check_served

LIVER = load_task("liver_fibrosis")
NAME = "stiffness_cutoffs"


def elastogram(*kpa: float, opacity: float = 1.0, under: float = 90.0) -> Tensor:
    """(N, 3, 8, 8) normalised pictures with the upper half in the colour of a stiffness, the lower half grey."""
    pictures = np.full((len(kpa), 8, 8, 3), under, dtype=np.uint8)
    for picture, value in zip(pictures, kpa, strict=True):
        colour = stiffness_colours(np.full((4, 8), value / STIFFNESS_TOP_KPA))
        picture[:4] = opacity * colour + (1 - opacity) * under
    return normalised(torch.from_numpy(pictures).permute(0, 3, 1, 2))


@pytest.mark.parametrize("opacity", [1.0, 0.6])
def test_stiffness_is_read_from_the_colours_whatever_lies_beneath(opacity: float) -> None:
    values = [4.0, 5.0, 7.1, 9.2, 13.0, 15.0, 18.0, 25.0]
    for under in (0.0, 90.0, 200.0):
        kpa, share = stiffness_kpa(elastogram(*values, opacity=opacity, under=under), STIFFNESS_TOP_KPA)
        np.testing.assert_allclose(kpa, values, atol=0.12)
        assert share.tolist() == [0.5] * len(values)


def test_beyond_the_cutoffs_colours_need_not_be_told_apart() -> None:
    kpa, _ = stiffness_kpa(elastogram(1.0, 29.5), STIFFNESS_TOP_KPA)
    low, high = CutoffOptions().cutoffs_kpa[0], CutoffOptions().cutoffs_kpa[-1]
    assert kpa[0] < low and kpa[1] > high


def test_the_stage_is_the_one_between_the_published_cutoffs() -> None:
    assert CutoffOptions().cutoffs_kpa == (5.0, 7.1, 9.2, 13.0)
    assert CutoffOptions().scale_top_kpa == STIFFNESS_TOP_KPA
    model = create_model(NAME, LIVER, "recommended").eval()
    values = (4.0, 4.7, 5.4, 6.7, 7.5, 8.8, 9.7, 12.3, 13.8, 20.0)
    chances = model({"swe": elastogram(*values)}).logits.softmax(dim=1)
    assert chances.argmax(dim=1).tolist() == [0, 0, 1, 1, 2, 2, 3, 3, 4, 4]
    reached = chances.flip(1).cumsum(1).flip(1)
    assert torch.all(reached[1:, 1:] >= reached[:-1, 1:] - 1e-6), "stiffer is never a lower stage"
    other = create_model(NAME, LIVER, "recommended", cutoffs_kpa=[6.0, 7.0, 8.0, 9.0]).eval()
    assert other({"swe": elastogram(9.7)}).logits.argmax() == 4


def test_without_a_stiffness_the_shares_of_the_stages_answer_and_b_mode_never_matters() -> None:
    model = create_model(NAME, LIVER, "recommended").eval()
    targets = np.array([0] * 9 + [4] * 4)
    model.fit_at_once(np.zeros((13, 0)), np.ones((13, 2), bool), targets)
    inputs = {"bmode": torch.full((3, 3, 8, 8), torch.nan), "swe": elastogram(8.0, 8.0, 8.0)}
    inputs["swe"][1] = torch.nan
    inputs["swe"][2] = normalised(torch.full((1, 3, 8, 8), 90, dtype=torch.uint8))[0]
    present = torch.tensor([[True, True], [True, False], [False, True]])
    chances = model(inputs, present).logits.softmax(dim=1)
    assert chances[0].argmax() == 2
    shares = torch.tensor([10.0, 1, 1, 1, 5]) / 18
    assert torch.allclose(chances[1], shares) and torch.allclose(chances[2], shares)
    assert torch.equal(model({"bmode": inputs["bmode"]}).logits[0], model(inputs, present).logits[1])
    assert heatmaps(model, inputs, present) == {}


def test_simulated_livers_are_staged() -> None:
    cases = list(simulate_prepared(60, seed=2, size=64, task="liver_fibrosis"))
    inputs, present = to_batch(LIVER, [case for case, _ in cases], 64)
    model = create_model(NAME, LIVER, "recommended").eval()
    chances = model({m: normalised(t) for m, t in inputs.items()}, present).logits.softmax(dim=1).numpy()
    significant = np.array([target >= 2 for _, target in cases])
    assert roc_auc_score(significant, chances[:, 2:].sum(axis=1)) > 0.93


def test_it_is_kept_and_served_like_any_other(tmp_path: Path) -> None:
    model = create_model(NAME, LIVER, "recommended", scale_top_kpa=40.0).eval()
    file = save_model(model, tmp_path, name="kept")
    assert file.card.modalities_used == ("swe",)
    again = load_model(file)
    assert torch.equal(again({"swe": elastogram(8.0)}).logits, model({"swe": elastogram(8.0)}).logits)
    assert any("40 kPa" in caution for caution in again.cautions)
    check_served(create_model(NAME, LIVER, "recommended").eval(), tmp_path)


def test_a_task_without_stages_or_elastogram_is_refused() -> None:
    for task in (load_task("breast_lesion"), replace(LIVER, ordinal=False)):
        with pytest.raises(CaseError, match=f"the task {task.name} is not of that kind"):
            create_model(NAME, task, "recommended")
