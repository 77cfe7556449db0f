"""What a trained model's card adds to the predictor's answer."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest
import torch

from engine.data.phantom import simulate_prepared
from engine.domain.task import DESCRIPTORS, load_task
from engine.models.files import find_model
from engine.serving.card_answers import FOREIGN_NOTE
from engine.serving.predictor import Predictor
from engine.training.recipe import ModelPart, Recipe, SchedulePart
from engine.training.trainer import finished_model, new_run, train_run

BREAST = load_task("breast_lesion")


@pytest.fixture(scope="module")
def predictor(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Predictor]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SONOFUSE_HOME", str(tmp_path_factory.mktemp("home")))
        torch.set_num_threads(1)
        recipe = Recipe(
            name="test",
            model=ModelPart(input_size=32, options={"width": 4}),
            schedule=SchedulePart(epochs=2, batch_size=16),
        )
        run = new_run(recipe, "phantom:150:1", name="mine")
        assert train_run(run, device="cpu").state == "finished"
        with Predictor(find_model(str(finished_model(run))), "cpu", workers=1) as loaded:
            yield loaded


def test_sets_and_foreignness_of_usual_and_of_foreign_images(predictor: Predictor) -> None:
    usual = [case for case, _ in simulate_prepared(40, 77, 32)]
    found = predictor.predict(usual)
    assert all(set(p.prediction_set) <= set(BREAST.classes) and p.prediction_set for p in found)
    assert {p.set_coverage for p in found} == {0.9}
    told = [p.foreignness for p in found if p.foreignness is not None]
    assert len(told) > 20
    assert np.mean([value > 1.0 for value in told]) < 0.3
    noise = np.random.default_rng(0)
    foreign = [
        replace(
            case,
            images={
                m: replace(image, pixels=noise.integers(0, 256, image.pixels.shape).astype(np.uint8))
                for m, image in case.images.items()
            },
        )
        for case in usual[:10]
    ]
    strange = [p for p in predictor.predict(foreign) if p.foreignness is not None]
    assert np.median([p.foreignness for p in strange]) > np.median(told) * 2  # type: ignore[type-var]
    assert all((FOREIGN_NOTE in p.notes) == p.is_foreign for p in [*found, *strange])


def test_without_descriptors_it_is_measured_with_a_centre_of_its_own(predictor: Predictor) -> None:
    [case] = [case for case, _ in simulate_prepared(1, 5, 32)]
    alone = replace(case, has_descriptors=False, descriptors=np.zeros_like(case.descriptors))
    assert predictor.card.ood is not None
    sets = [set(centre["modalities"]) for centre in predictor.card.ood["sets"]]
    assert any(DESCRIPTORS not in modalities for modalities in sets)
    [answer] = predictor.predict([alone])
    known = {m for m, there in answer.present.items() if there} in sets
    assert (answer.foreignness is not None) == known
