"""Training end to end on the phantom: the file that comes out, its repeatability, and being stopped."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from engine.data.phantom import optimum
from engine.data.phantom.latents import draw
from engine.data.preprocess import PreparedCase
from engine.domain.descriptors import parse
from engine.domain.errors import CaseError, ErrorKind
from engine.domain.task import load_task
from engine.evaluation.roc import auc
from engine.models.files import ModelFile, find_model, load_model
from engine.models.registry import create_model
from engine.training.cases import LabelledCase, LabelledCases, collect
from engine.training.loop import fit
from engine.training.recipe import OptimiserPart, Recipe, SchedulePart
from engine.training.run import train
from engine.training.scoring import logits_of, subset_logits
from engine.training.sources import load_cases

BREAST = load_task("breast_lesion")
SMALL: dict[str, Any] = {
    "model.options": {"width": 4, "input_size": 64},
    "schedule.batch_size": 8,
    "schedule.epochs": 1,
    "seed": 5,
}


def run(
    out: Path, data: str = "phantom:40:1", should_stop: Callable[[], bool] | None = None, **changes: Any
) -> ModelFile:
    given = {**SMALL, **{key.replace("__", "."): value for key, value in changes.items()}}
    return train(data=data, out=out, changes=given, device="cpu", should_stop=should_stop)


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> ModelFile:
    torch.set_num_threads(1)
    return run(tmp_path_factory.mktemp("model") / "small", data__validation="phantom:20:2", data__test="phantom:20:3")


def test_a_model_file_with_a_full_card_comes_out(trained: ModelFile) -> None:
    card = trained.card
    assert (card.name, card.task, card.architecture, card.preset) == ("small", "breast_lesion", "mhfnet", "tiny")
    assert card.simulated_only
    assert card.modalities_used == BREAST.modalities
    assert card.trained_on.startswith("40 simulated cases")
    assert "simulated" in card.not_for
    assert 0.0 < card.threshold < 1.0
    assert card.heatmap_full_scale > 0 <= card.heatmap_weak_below <= card.heatmap_full_scale / 4
    assert card.recipe["data_source"] == "phantom:40:1"
    assert card.recipe["schedule"]["batch_size"] == 8
    assert card.calibration is not None
    assert card.calibration["n"] == 20
    assert card.metrics["validation_sensitivity"]["value"] >= 0.95
    assert {"value", "low", "high", "n"} == set(card.metrics["test_auc"])
    assert card.metrics["test_auc"]["n"] == 20
    history = json.loads((trained.weights.parent / "history.json").read_text())
    assert [e["epoch"] for e in history] == [1]
    assert find_model(str(trained.weights.parent)).card == card


def test_the_same_seed_gives_the_same_weights_and_another_seed_others(trained: ModelFile, tmp_path: Path) -> None:
    again = run(tmp_path / "small", data__validation="phantom:20:2", data__test="phantom:20:3")
    assert again.weights.read_bytes() == trained.weights.read_bytes()
    other = run(tmp_path / "other", seed=6, data__validation="phantom:20:2")
    assert other.card.sha256 != trained.card.sha256


def test_the_random_state_of_the_caller_is_left_alone(tmp_path: Path) -> None:
    torch.manual_seed(0)
    expected = torch.rand(1)
    torch.manual_seed(0)
    run(tmp_path / "x", "phantom:20:1")
    assert torch.equal(torch.rand(1), expected)


def test_subset_logits_are_those_of_single_forwards(trained: ModelFile) -> None:
    model = load_model(trained)
    cases = load_cases("phantom:6:9", BREAST, 64)
    for subset, logits in subset_logits(model, cases, [("doppler",), ("bmode", "descriptors")], batch_size=4).items():
        present = cases.present & np.array([m in subset for m in BREAST.modalities])
        np.testing.assert_allclose(logits, logits_of(model, cases, present=present, batch_size=3), atol=1e-5)


def test_a_wish_to_stop_ends_it_without_a_model(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt):
        run(tmp_path / "nothing", should_stop=lambda: True)
    assert not (tmp_path / "nothing").exists()


def test_patients_in_both_sources_are_refused(tmp_path: Path) -> None:
    with pytest.raises(CaseError, match="5 patients"):
        run(tmp_path / "x", "phantom:10:1", data__validation="phantom:5:1")


@pytest.mark.parametrize("data", ["phantom:0:1", "phantom:10", "phantom:a:b"])
def test_misspelt_phantom_sources_are_told(data: str, tmp_path: Path) -> None:
    with pytest.raises(CaseError, match="phantom:CASES:SEED") as caught:
        run(tmp_path / "x", data)
    assert caught.value.kind is ErrorKind.INVALID


def descriptors_only(cases: int, seed: int) -> LabelledCases:
    """Phantom cases whose images are missing, without the cost of drawing any."""

    def drawn() -> Iterator[LabelledCase]:
        for index in range(cases):
            latents = draw("breast_lesion", seed, index)
            multi_hot = parse(BREAST, latents.terms).multi_hot(BREAST)
            name = f"{seed}-{index}"
            prepared = PreparedCase(case_id=name, images={}, descriptors=multi_hot, has_descriptors=True)
            yield LabelledCase(prepared=prepared, target=latents.class_index, group=name)

    return collect(BREAST, 32, drawn(), cases, simulated=True)


def test_training_learns_what_the_descriptors_tell() -> None:
    cases, unseen = descriptors_only(600, 1), descriptors_only(400, 2)
    torch.manual_seed(0)
    model = create_model("mhfnet", BREAST, "tiny", width=4, input_size=32)
    trained = fit(
        model,
        cases,
        unseen,
        Recipe(name="test", optimiser=OptimiserPart(lr=3e-3), schedule=SchedulePart(epochs=8, batch_size=40)),
    )
    losses = [line.validation_log_loss or 0.0 for line in trained.history]
    assert trained.best.validation_log_loss == min(losses) < losses[0]
    model.load_state_dict(trained.state)
    found = auc(logits_of(model.eval(), unseen)[:, 0], unseen.targets == 1).value
    assert 0.82 < found < optimum(("descriptors",)).auc + 0.04
