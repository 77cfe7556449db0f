"""The record of models in use, and installing and removing models."""

from __future__ import annotations

import pickle
from dataclasses import replace
from pathlib import Path

import pytest

from engine.domain.errors import CaseError, ErrorKind
from engine.domain.task import load_task
from engine.models.files import ModelFile, installed_models, save_model, user_models_folder
from engine.models.in_use import RECORD, history, in_use, is_current, promote, undo
from engine.models.installing import install, remove
from engine.models.registry import create_model
from engine.serving.choice import choose_model

BREAST = load_task("breast_lesion")


def saved(folder: Path, name: str, simulated: bool = False) -> ModelFile:
    model = create_model("mhfnet", BREAST, "tiny", width=4, input_size=32).eval()
    return save_model(model, folder, name=name, simulated_only=simulated)


def test_promoted_taken_back_and_promoted_again(tmp_path: Path) -> None:
    for name in ("one", "two"):
        install(str(saved(tmp_path / name, name).weights))
    assert in_use("breast_lesion") is None
    promote("one", by="A. Reader", reason="first model", comparison={"auc": 0.9})
    promote("two", by="B. Reader", reason="better by 0.03")
    assert choose_model([], BREAST).card.name == "two"
    with pytest.raises(CaseError, match="in use for the task"):
        promote("two", by="B", reason="again")
    back = undo("breast_lesion", simulated=False, by="A. Reader", reason="too many false alarms")
    assert (back.model, back.undoes, is_current(back)) == ("one", True, True)
    assert choose_model([], BREAST).card.name == "one"
    undo("breast_lesion", simulated=False, by="A", reason="no")
    assert in_use("breast_lesion") is None
    with pytest.raises(CaseError, match="left to take back"):
        undo("breast_lesion", simulated=False, by="A", reason="no")
    assert [entry.by for entry in history()] == ["A. Reader", "B. Reader", "A. Reader", "A"]
    assert history()[0].comparison == {"auc": 0.9}


def test_a_promotion_needs_a_name_and_a_reason(tmp_path: Path) -> None:
    install(str(saved(tmp_path, "one").weights))
    with pytest.raises(CaseError, match="your name and the reason"):
        promote("one", by=" ", reason="x")
    assert history() == ()


def test_models_of_simulated_images_have_a_record_of_their_own(tmp_path: Path) -> None:
    install(str(saved(tmp_path, "dry", simulated=True).weights))
    promote("dry", by="A", reason="trial")
    assert in_use("breast_lesion") is None
    found = in_use("breast_lesion", simulated=True)
    assert found is not None
    assert found.card.name == "dry"


def test_a_damaged_line_does_not_hide_the_others(tmp_path: Path) -> None:
    install(str(saved(tmp_path, "one").weights))
    promote("one", by="A", reason="x")
    with (user_models_folder() / RECORD).open("a") as file:
        file.write('{"task": "breast_le')
    found = in_use("breast_lesion")
    assert found is not None
    assert found.card.name == "one"


def test_installing_checks_and_removing_asks(tmp_path: Path) -> None:
    file = saved(tmp_path / "a", "mine")
    held = install(str(file.weights), name="renamed")
    assert held.card == replace(file.card, name="renamed")
    with pytest.raises(CaseError, match="installed already under another name"):
        install(str(file.weights))
    promote("renamed", by="A", reason="x")
    with pytest.raises(CaseError, match="is in use"):
        remove("renamed")
    undo("breast_lesion", simulated=False, by="A", reason="y")
    remove("renamed")
    assert "renamed" not in {f.card.name for f in installed_models()}
    assert not list(user_models_folder().glob("m-*"))
    with pytest.raises(CaseError, match="comes with the program"):
        remove("breast-demo")


@pytest.mark.parametrize("name", ["model.safetensors", "model.pth"])
def test_a_pickle_is_refused_whatever_its_name(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(pickle.dumps({"weights": [1.0]}))
    with pytest.raises(CaseError, match="pickle") as caught:
        install(str(tmp_path / name))
    assert caught.value.kind is ErrorKind.MODEL


def test_altered_weights_are_not_installed(tmp_path: Path) -> None:
    file = saved(tmp_path, "mine")
    file.weights.write_bytes(file.weights.read_bytes()[:-1] + b"\1")
    with pytest.raises(CaseError, match="altered"):
        install(str(file.weights))
    assert not user_models_folder().exists()
