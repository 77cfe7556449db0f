"""The check by random weights: a model that learns passes, a map that is only the picture is found out."""

from __future__ import annotations

import pytest

from engine.domain.task import load_task
from engine.models.files import ModelFile
from engine.serving.evaluation import randomisation as checked
from engine.training.sources import load_cases


def test_maps_lose_their_likeness(model_file: ModelFile) -> None:
    cases = load_cases("phantom:12:4", load_task("breast_lesion"), model_file.card.input_size)
    check = checked.randomisation(model_file, cases)
    assert check is not None
    assert check.n == 12
    assert check.steps[0].similarity.value == pytest.approx(1.0) and check.steps[0].share == 0
    assert check.steps[-1].share == 1.0
    assert check.steps[-1].similarity.value < 0.5 and check.depends
    layers = [step.layers for step in check.steps]
    assert layers == sorted(layers)


def test_a_map_of_the_picture_alone_is_found_out(model_file: ModelFile, monkeypatch: pytest.MonkeyPatch) -> None:
    cases = load_cases("phantom:12:4", load_task("breast_lesion"), model_file.card.input_size)

    def edges(_network: object, _file: object, shown: object, rows: object, _device: str) -> checked.Maps:
        return {"bmode": cases.images["bmode"][rows].mean(axis=3)[:, ::8, ::8]}  # type: ignore[index]

    monkeypatch.setattr(checked, "_maps", edges)
    check = checked.randomisation(model_file, cases)
    assert check is not None
    assert not check.depends and "do not trust" in check.sentence
