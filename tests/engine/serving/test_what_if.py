"""What-if answers against one ordinary prediction per variant."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import torch

from engine.data.phantom import simulate_prepared
from engine.domain.descriptors import Descriptors
from engine.domain.errors import CaseError
from engine.domain.task import load_task
from engine.models.files import save_model
from engine.models.registry import create_model
from engine.serving.predictor import Predictor

TASK = load_task("breast_lesion")
VARIANTS = tuple(Descriptors({f.name: (t.name,)}) for f in TASK.fields[:5] for t in f.terms)


@pytest.mark.parametrize(("architecture", "preset"), [("mhfnet", "tiny"), ("late_fusion", "tiny")])
def test_every_variant_is_what_a_prediction_of_its_own_would_say(
    architecture: str, preset: str, tmp_path: Path
) -> None:
    torch.manual_seed(3)
    model = create_model(architecture, TASK, preset)
    for parameter in model.parameters():  # injections start at zero, and would hide a wrong row
        torch.nn.init.normal_(parameter, std=0.05)
    file = save_model(model, tmp_path, name="untrained", heatmap_weak_below=0.0, heatmap_full_scale=0.02)
    [(case, _)] = list(simulate_prepared(1, seed=4, size=file.card.input_size))
    with Predictor(file, "cpu") as predictor:
        answers = predictor.what_if(case, (*VARIANTS, Descriptors()))
        rows = [case]
        rows += [replace(case, descriptors=v.multi_hot(TASK), has_descriptors=True) for v in VARIANTS]
        rows += [replace(case, descriptors=Descriptors().multi_hot(TASK), has_descriptors=False)]
        single = [p.probability(TASK.positive_class) for p in predictor.predict(rows)]
    assert answers == pytest.approx(single, abs=1e-5)
    assert len(set(answers)) > len(VARIANTS) // 2


def test_a_model_without_descriptors_says_so(tmp_path: Path) -> None:
    file = save_model(
        create_model("mhfnet", TASK, "tiny"),
        tmp_path,
        name="images",
        modalities_used=("bmode", "doppler"),
        heatmap_weak_below=0.0,
        heatmap_full_scale=0.02,
    )
    [(case, _)] = list(simulate_prepared(1, seed=4, size=file.card.input_size))
    with Predictor(file, "cpu") as predictor, pytest.raises(CaseError, match="does not use descriptors"):
        predictor.what_if(case, VARIANTS[:1])
