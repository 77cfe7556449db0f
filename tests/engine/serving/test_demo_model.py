"""The model that comes with the program: its size, its card, and that it does what the card says."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.data.phantom import optimum
from engine.domain.task import load_task
from engine.models.files import ModelFile, find_model
from engine.serving.evaluate import evaluate


@pytest.fixture(scope="module")
def demo() -> ModelFile:
    return find_model("breast-demo")


def test_it_is_small_and_says_what_it_is_not_for(demo: ModelFile) -> None:
    assert demo.weights.stat().st_size <= 25_000_000
    card = demo.card
    assert (card.architecture, card.preset, card.input_size) == ("mhfnet", "tiny", 128)
    assert card.simulated_only
    assert "simulated" in card.not_for
    assert card.modalities_used == load_task("breast_lesion").modalities
    assert card.recipe["data"].startswith("phantom:") and card.recipe["test"] == "phantom:2000:3"


def test_its_figures_on_two_thousand_unseen_cases_keep_the_promise(demo: ModelFile) -> None:
    found = demo.card.metrics["test_auc"]
    assert found["n"] == 2000
    assert found["low"] >= 0.92
    assert found["value"] <= optimum(load_task("breast_lesion").modalities).auc + 0.01


def test_the_readme_tells_the_cards_figures(demo: ModelFile) -> None:
    text = " ".join((Path(__file__).resolve().parents[3] / "README.md").read_text(encoding="utf-8").split())
    found = demo.card.metrics["test_auc"]
    best = optimum(load_task("breast_lesion").modalities).auc
    assert f"AUC {found['value']:.3f} [{found['low']:.3f}, {found['high']:.3f}] on {found['n']:,} unseen" in text
    assert f"no reader could do better than {best:.3f};" in text


def test_on_unseen_cases_it_is_as_good_as_its_card_says_and_best_with_everything(demo: ModelFile) -> None:
    result = evaluate(model=demo, data="phantom:160:77", device="cpu")
    areas = {row.subset: row.figures.auc for row in result.rows if row.figures}
    whole = areas.pop(load_task("breast_lesion").modalities)
    assert whole.value >= 0.92
    assert whole.value > max(area.value for area in areas.values())
    assert whole.high is not None and whole.high >= demo.card.metrics["test_auc"]["value"]
