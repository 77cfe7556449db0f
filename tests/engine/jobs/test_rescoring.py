"""Editing a descriptor costs one forward pass at most and decodes nothing again."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch

from engine.data.folder import open_folder
from engine.data.phantom import generate
from engine.domain.descriptors import Descriptors
from engine.domain.task import load_task
from engine.jobs.engine_entry import _Engine
from engine.jobs.requests import ScoreCase
from engine.models.files import save_model
from engine.models.registry import create_model

TASK = load_task("breast_lesion")


class Silent:
    """A context that nobody listens to."""

    def progress(self, step: int, total: int, note: Any) -> None:
        pass


def test_an_edit_is_one_pass_over_images_that_are_in_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    generate(tmp_path / "study", cases=1, seed=5)
    [case] = open_folder(str(tmp_path / "study"), task=TASK.name).cases
    torch.manual_seed(0)
    file = save_model(
        create_model("mhfnet", TASK, "tiny"),
        tmp_path,
        name="untrained",
        heatmap_weak_below=0.0,
        heatmap_full_scale=0.02,
    )
    engine = _Engine()
    try:
        model = str(file.weights)
        first = engine.handle(ScoreCase(case=case, model=model, device="cpu"), Silent())  # type: ignore[arg-type]
        [predictor] = engine._predictors.values()
        passes: list[int] = []
        for branch in predictor._runner._model.branches.values():  # type: ignore[union-attr, operator]
            branch.project.register_forward_hook(lambda *_: passes.append(1))

        def refuse(*_: Any) -> None:
            raise AssertionError("an image was decoded again")

        monkeypatch.setattr(engine._decoder, "prepared", refuse)
        edited = case.with_descriptors(Descriptors({"shape": ("round",)}))
        second = engine.handle(ScoreCase(case=edited, model=model, device="cpu"), Silent())  # type: ignore[arg-type]
    finally:
        engine._decoder.close()
        for each in engine._predictors.values():
            each.close()
    assert len(passes) == len(TASK.images)  # each branch once, maps included
    assert first.heatmaps.keys() == second.heatmaps.keys() == set(TASK.images)
    assert first.probabilities != second.probabilities
