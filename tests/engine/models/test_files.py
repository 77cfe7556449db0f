"""Model files: what was saved comes back bit by bit, and whatever is wrong with a file is told in a sentence."""

from __future__ import annotations

import json
import pickle
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file

from engine.domain.errors import CaseError, ErrorKind
from engine.domain.task import load_task
from engine.models.card import read_card
from engine.models.files import ModelFile, find_model, installed_models, load_model, save_model, user_models_folder
from engine.models.pretrained import load_trunks
from engine.models.registry import create_model
from engine.models.vision import torchvision_models

BREAST = load_task("breast_lesion")
OPTIONS = {"width": 4, "input_size": 32}


@pytest.fixture
def saved(tmp_path: Path) -> ModelFile:
    torch.manual_seed(3)
    model = create_model("mhfnet", BREAST, "tiny", **OPTIONS)
    return save_model(model, tmp_path / "demo", name="demo", threshold=0.3, temperature=1.5)


def test_round_trip_is_exact_and_repeatable(saved: ModelFile, tmp_path: Path) -> None:
    model = load_model(find_model(str(saved.weights)))
    assert not model.training
    assert find_model(str(saved.weights)).card == saved.card
    assert saved.card.options == OPTIONS
    again = save_model(model, tmp_path / "again", name="demo", threshold=0.3, temperature=1.5)
    assert again.weights.read_bytes() == saved.weights.read_bytes()
    assert again.weights.with_suffix(".json").read_bytes() == saved.weights.with_suffix(".json").read_bytes()
    for name, tensor in load_file(saved.weights).items():
        assert torch.equal(model.state_dict()[name], tensor)


def refused(file: ModelFile, words: str) -> None:
    with pytest.raises(CaseError, match=words) as caught:
        load_model(file)
    assert caught.value.kind is ErrorKind.MODEL
    assert "nstall" in caught.value.sentence


def resealed(file: ModelFile, **changes: object) -> ModelFile:
    """The card with other fields, and with the sum of the weights as they are now."""
    import hashlib

    path = file.weights.with_suffix(".json")
    table = json.loads(path.read_text())
    table |= {"sha256": hashlib.sha256(file.weights.read_bytes()).hexdigest(), **changes}
    path.write_text(json.dumps(table))
    return ModelFile(card=read_card(path), weights=file.weights)


def test_one_changed_bit_is_noticed(saved: ModelFile) -> None:
    data = bytearray(saved.weights.read_bytes())
    data[-5] ^= 1
    saved.weights.write_bytes(data)
    refused(saved, r"demo\.safetensors was altered")


@pytest.mark.parametrize("kind", ["pickle", "torch"])
def test_a_pickle_is_never_opened(saved: ModelFile, kind: str) -> None:
    with saved.weights.open("wb") as file:
        if kind == "torch":
            torch.save({"a": torch.zeros(1)}, file)
        else:
            pickle.dump({"a": 1}, file)
    refused(resealed(saved), r"demo\.safetensors is a pickle")


@pytest.mark.parametrize("data", [b"", b"x", b"\xff" * 64, b"\x08" + b"\0" * 7 + b"not json"])
def test_what_is_no_safetensors_file_is_told(saved: ModelFile, data: bytes) -> None:
    saved.weights.write_bytes(data)
    refused(resealed(saved), r"demo\.safetensors is damaged or no safetensors")


def test_truncated_weights_are_told(saved: ModelFile) -> None:
    saved.weights.write_bytes(saved.weights.read_bytes()[:-100])
    refused(resealed(saved), "damaged")


def test_missing_weights_are_told(saved: ModelFile) -> None:
    saved.weights.unlink()
    refused(saved, r"demo\.safetensors cannot be read")


@pytest.mark.parametrize("change", ["missing", "foreign", "shape", "nan"])
def test_other_tensors_than_the_architectures_are_told(saved: ModelFile, change: str) -> None:
    tensors = load_file(saved.weights)
    name = "head.0.weight"
    if change == "missing":
        del tensors[name]
    elif change == "foreign":
        tensors["stranger"] = torch.zeros(1)
    elif change == "shape":
        tensors[name] = tensors[name][:, 1:].contiguous()
    else:
        tensors[name] = tensors[name] * float("nan")
    save_file(tensors, saved.weights)
    refused(resealed(saved), "stranger" if change == "foreign" else r"head\.0\.weight")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"preprocessing": 999}, "version 999"),
        ({"task": "knee"}, "knee"),
        ({"architecture": "unheard_of"}, "unheard_of"),
        ({"options": {"width": 8}}, "32 pixels"),
        ({"options": {"width": "wide"}}, "does not fit"),
    ],
)
def test_cards_that_do_not_fit_the_program_are_told(saved: ModelFile, change: dict[str, object], words: str) -> None:
    refused(resealed(saved, **change), words)


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"format": 1}', '{"format": 7}', "\0\0"])
def test_a_broken_card_is_told(saved: ModelFile, text: str) -> None:
    saved.weights.with_suffix(".json").write_text(text)
    with pytest.raises(CaseError, match=r"demo\.json"):
        find_model(str(saved.weights))


def test_a_persons_models_are_found_by_name_and_broken_ones_passed_over(
    saved: ModelFile, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SONOFUSE_HOME", str(tmp_path / "home"))
    folder = user_models_folder()
    folder.mkdir(parents=True)
    saved.weights.parent.rename(folder / "mine")
    (folder / "broken").mkdir()
    (folder / "broken" / "broken.json").write_text("{}")
    (folder / "broken" / "broken.safetensors").write_bytes(b"")
    assert find_model("demo").weights == folder / "mine" / "demo.safetensors"
    assert "broken" not in [f.card.name for f in installed_models()]
    with pytest.raises(CaseError, match=r"Installed: .*demo"):
        find_model("absent")


def test_imagenet_weights_come_from_a_local_file_only(tmp_path: Path) -> None:
    torch.manual_seed(4)
    judge = torchvision_models().resnet50()
    # As older checkpoints have it: without the counters.
    tensors = {n: t for n, t in judge.state_dict().items() if "num_batches" not in n}
    save_file(tensors, tmp_path / "resnet50.safetensors")
    options = {"t_feat_dim": 4, "image_dim": 4, "head_dim": 4}
    model = create_model("mhfnet", BREAST, "recommended", **options)
    assert load_trunks(model, tmp_path / "resnet50.safetensors") == 2
    for branch in model.branches.values():
        np.testing.assert_array_equal(branch.trunk.conv1.weight.detach(), judge.conv1.weight.detach())
    with pytest.raises(CaseError, match=r"nothing\.safetensors"):
        load_trunks(model, tmp_path / "nothing.safetensors")
    with pytest.raises(CaseError, match=r"resnet50\.safetensors does not fit"):
        load_trunks(create_model("mhfnet", BREAST, "tiny", **OPTIONS), tmp_path / "resnet50.safetensors")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("temperature", 0),
        ("temperature", "1.5"),
        ("temperature", None),
        ("temperature", float("nan")),
        ("threshold", "x"),
        ("threshold", 1.7),
        ("heatmap_full_scale", 0),
        ("input_size", "32"),
        ("modalities_used", []),
        ("modalities_used", "bmode"),
        ("simulated_only", "no"),
        ("sha256", 5),
        ("name", "../demo"),
        ("name", 5),
        ("options", []),
        ("metrics", 5),
    ],
)
def test_an_edited_card_is_refused_with_the_field(saved: ModelFile, field: str, value: object) -> None:
    path = saved.weights.with_suffix(".json")
    path.write_text(json.dumps(json.loads(path.read_text()) | {field: value}))
    with pytest.raises(CaseError, match=rf"demo\.json cannot be used \({field} must be") as caught:
        find_model(str(saved.weights))
    assert caught.value.kind is ErrorKind.MODEL


def test_a_card_that_does_not_say_whether_it_saw_patients_is_refused(saved: ModelFile) -> None:
    path = saved.weights.with_suffix(".json")
    table = json.loads(path.read_text())
    del table["simulated_only"]
    path.write_text(json.dumps(table))
    with pytest.raises(CaseError, match="simulated_only is missing"):
        find_model(str(saved.weights))


def test_modalities_that_the_task_does_not_have_are_refused(saved: ModelFile) -> None:
    refused(resealed(saved, modalities_used=["bmode", "xray"]), "breast_lesion has no modality xray")
