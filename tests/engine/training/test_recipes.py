"""Recipes: those that come with the program, and what is refused."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from torch import nn

from engine.domain.errors import CaseError, ErrorKind
from engine.domain.resources import resource
from engine.domain.task import load_task
from engine.models.registry import create_model
from engine.training.optimising import Plateau, freeze, make_optimiser, rate
from engine.training.recipe import OptimiserPart, Recipe, SchedulePart
from engine.training.recipe_files import changed, read_recipe, recipes, to_toml
from engine.training.run_model import check_start
from tests.engine.models.systems import SMALL, small

NAMES = (
    "asymfusion",
    "attention_fusion",
    "breast_bmode",
    "breast_bmode_mhfnet",
    "drifanet",
    "fine_tune",
    "heterofusion",
    "mhfnet",
    "recommended",
)


def test_every_recipe_can_start_and_survives_its_own_text(tmp_path: Path) -> None:
    assert tuple(r.name for r in recipes()) == NAMES
    for recipe in recipes():
        (tmp_path / "recipe.toml").write_text(to_toml(recipe), encoding="utf-8")
        assert read_recipe(str(tmp_path / "recipe.toml")) == recipe
        check_start(recipe, load_task("breast_lesion"))
        comment = (resource("recipes") / f"{recipe.name}.toml").read_text(encoding="utf-8").splitlines()[0]
        assert comment.startswith("# ")
        assert "paper" in comment or "released code" in comment


def test_published_numbers() -> None:
    mhfnet = read_recipe("mhfnet")
    assert (mhfnet.data.folds, mhfnet.schedule.epochs, mhfnet.optimiser.name, mhfnet.optimiser.lr) == (
        5,
        40,
        "adam",
        1e-3,
    )
    rates = [rate(mhfnet.schedule, step, 10, 40, Plateau()) for step in (0, 49, 50, 100)]
    assert rates == pytest.approx([1.0, 1.0, 0.9, 0.81])
    liver = read_recipe("attention_fusion")
    assert (liver.optimiser.lr, liver.optimiser.weight_decay, liver.schedule.batch_size) == (7e-5, 1e-3, 4)
    two = read_recipe("asymfusion")
    assert two.optimiser.lr * two.optimiser.rates["trunk"] == pytest.approx(5e-4, rel=1e-4)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[schedule]\nepoch = 3", "schedule.epoch"),
        ("colour = 1", "colour"),
        ("[schedule]\nepochs = 0", "schedule.epochs must be a whole number from 1 up"),
        ("[schedule]\nepochs = true", "schedule.epochs"),
        ("[optimiser]\nlr = nan", "optimiser.lr"),
        ('[optimiser]\nname = "lion"', "adamw, adam, sgd"),
        ('[schedule]\ndecay = "phases"', "phases is empty"),
        ("[data]\nfolds = 1", "data.folds"),
        ("schedule = 3", "schedule"),
        ("[model\n", "cannot be read"),
    ],
)
def test_what_is_not_known_is_refused_by_its_name(tmp_path: Path, text: str, words: str) -> None:
    (tmp_path / "mine.toml").write_text(text)
    with pytest.raises(CaseError, match=words.replace(".", r"\.")) as caught:
        read_recipe(str(tmp_path / "mine.toml"))
    assert caught.value.kind is ErrorKind.INVALID


def test_single_values_are_changed_by_key() -> None:
    recipe = changed(read_recipe("recommended"), {"schedule.epochs": 3, "seed": 9})
    assert (recipe.schedule.epochs, recipe.seed) == (3, 9)
    with pytest.raises(CaseError, match=r"no key 'schedule\.epoch'"):
        changed(recipe, {"schedule.epoch": 3})


def test_frozen_parts_of_the_liver_protocol_are_all_but_layer4() -> None:
    with torch.device("meta"):
        model = create_model("attention_fusion", load_task("liver_fibrosis"), "tiny")
    frozen = freeze(model, read_recipe("attention_fusion").model.freeze)
    trunk = {n.split(".")[2] for n, p in model.named_parameters() if n.startswith("trunks.") and p.requires_grad}
    assert trunk == {"layer4"}
    assert any(isinstance(m, nn.BatchNorm2d) for part in frozen for m in part.modules())
    with pytest.raises(CaseError, match="no such part"):
        freeze(model, ("layer9",))


def test_two_rates_and_no_decay_of_biases() -> None:
    model = nn.ModuleDict({"trunk": nn.Linear(2, 2), "head": nn.Linear(2, 2)})
    found = make_optimiser(model, OptimiserPart(name="sgd", lr=1.0, weight_decay=0.1, rates={"trunk": 0.25}))
    assert {(g["share"], g["weight_decay"]) for g in found.param_groups} == {
        (0.25, 0.1),
        (0.25, 0.0),
        (1.0, 0.1),
        (1.0, 0.0),
    }


def test_plateau_waits_and_keeps_above_its_floor() -> None:
    part, plateau = SchedulePart(decay="plateau", factor=0.5, every=1, floor=0.3, warm_up=0.0), Plateau()
    seen = []
    for loss in (1.0, 0.9, 0.9, 0.9, 0.9, 0.9):
        plateau.see(loss, part)
        seen.append(rate(part, 0, 1, 1, plateau))
    assert seen == [1.0, 1.0, 1.0, 0.5, 0.5, 0.3]


def test_a_recipe_cannot_be_built_wrong() -> None:
    with pytest.raises(CaseError, match=r"optimiser\.lr"):
        Recipe(name="x", optimiser=OptimiserPart(lr=-1.0))


@pytest.mark.parametrize("name", sorted(SMALL))
def test_fine_tuning_leaves_lower_stages_of_every_system_as_they_are(name: str) -> None:
    model = small(name, "breast_lesion", "tiny")
    freeze(model, read_recipe("fine_tune").model.freeze)
    assert {p.requires_grad for p in model.parameters()} == {True, False}
