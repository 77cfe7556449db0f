"""Two cross-validated models become one, calibrated on the mean of their answers."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from engine.cli import app
from engine.domain.errors import CaseError
from engine.models.files import ModelFile, find_model, load_model
from engine.training.joining import join
from engine.training.out_of_fold import read_logits
from engine.training.recipe import DataPart, ModelPart, Recipe, SchedulePart
from engine.training.run import copy_model, new_run, train_run
from engine.training.run_folder import OUT_OF_FOLD
from tests.engine.models.systems import SMALL, TASKS

DATA = "phantom:60:4"
TASK = TASKS["breast_lesion"]


def member(name: str, folder: Path) -> ModelFile:
    recipe = Recipe(
        name=name,
        model=ModelPart(architecture=name, preset="tiny", options=SMALL[name]),
        data=DataPart(folds=2, image_cache=False),
        schedule=SchedulePart(epochs=1, batch_size=8),
    )
    run = new_run(recipe, DATA, name=name)
    assert train_run(run, device="cpu").result
    return copy_model(run, folder / name)


@pytest.fixture(scope="module")
def members(tmp_path_factory: pytest.TempPathFactory) -> tuple[ModelFile, ModelFile]:
    folder = tmp_path_factory.mktemp("members")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SONOFUSE_HOME", str(folder / "home"))
        return member("late_fusion", folder), member("mhfnet", folder)


def test_the_tables_hold_the_mean_and_the_model_answers_like_its_members(
    members: tuple[ModelFile, ModelFile], tmp_path: Path
) -> None:
    found = CliRunner().invoke(
        app,
        [
            "models",
            "join",
            *(str(m.weights) for m in members),
            "--data",
            DATA,
            "--name",
            "both",
            "--out",
            str(tmp_path),
        ],
    )
    assert found.exit_code == 0, found.output
    file = find_model(str(tmp_path / "both.safetensors"))
    card, model = file.card, load_model(file)
    assert card.architecture == "ensemble" and card.calibration is not None
    assert card.calibration["source"] == "out_of_fold" and card.calibration["n"] == 60
    assert [m["name"] for m in card.recipe["joined"]] == ["late_fusion", "mhfnet"]
    mine = read_logits(tmp_path / OUT_OF_FOLD, TASK)
    theirs = [read_logits(m.weights.parent / OUT_OF_FOLD, TASK) for m in members]
    factor = float(model.sharpness[-1])  # type: ignore[index, arg-type]
    assert np.allclose(mine, factor * np.mean(theirs, axis=0), rtol=1e-4, atol=1e-6)
    for own, original in zip(model.members, members, strict=True):  # type: ignore[arg-type, call-overload]
        for name, tensor in load_model(original).state_dict().items():
            assert (own.state_dict()[name] == tensor).all()


def test_models_of_other_folds_or_data_are_not_joined(members: tuple[ModelFile, ModelFile], tmp_path: Path) -> None:
    with pytest.raises(CaseError, match="two or more"):
        join(members[:1], DATA, name="x", out=tmp_path)
    with pytest.raises(CaseError, match="lack cases"):
        join(members, "phantom:20:4", name="x", out=tmp_path)
    other = tmp_path / "other"
    shutil.copytree(members[1].weights.parent, other)
    table = (other / OUT_OF_FOLD).read_text().splitlines(keepends=True)
    (other / OUT_OF_FOLD).write_text("".join(table[:-1]))
    with pytest.raises(CaseError, match="same cases in the same folds"):
        join((members[0], find_model(str(other))), DATA, name="x", out=tmp_path)
    (other / OUT_OF_FOLD).unlink()
    with pytest.raises(CaseError, match="beside its weights"):
        join((members[0], find_model(str(other))), DATA, name="x", out=tmp_path)
    assert not list(tmp_path.glob("x*"))
