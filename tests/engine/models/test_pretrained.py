"""ImageNet weights: from a local file or torchvision's cache, checked, and never from the network."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
import torch

from engine.domain.errors import CaseError, ErrorKind
from engine.domain.task import load_task
from engine.models.pretrained import load_trunks
from engine.models.registry import create_model
from engine.models.vision import torchvision_models

LIVER = load_task("liver_fibrosis")


def into_cache(folder: Path, name: str, content: bytes) -> Path:
    place = folder / "checkpoints"
    place.mkdir(parents=True, exist_ok=True)
    path = place / f"{name}-{hashlib.sha256(content).hexdigest()[:8]}.pth"
    path.write_bytes(content)
    return path


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(torch.hub, "_hub_dir", str(tmp_path))
    return tmp_path


def test_torchvisions_cache_fills_all_trunks(cache: Path) -> None:
    torch.manual_seed(0)
    judge = torchvision_models().resnet18()
    torch.save(judge.state_dict(), cache / "x")
    path = into_cache(cache, "resnet18", (cache / "x").read_bytes())
    model = create_model("heterofusion", LIVER, "tiny", width=64)
    assert load_trunks(model, Path("resnet18")) == 2
    for trunk in model.trunks.values():
        assert torch.equal(trunk.layer4[1].conv2.weight, judge.layer4[1].conv2.weight)
    path.write_bytes(path.read_bytes()[:-1] + b"\0\0")
    with pytest.raises(CaseError, match="not the file that was published"):
        load_trunks(model, path)


def test_a_shared_trunk_gets_every_batch_norm_for_each_modality() -> None:
    with torch.device("meta"):
        trunk = create_model("asymfusion", LIVER, "faithful").trunk
        stock = torchvision_models().resnet50().state_dict()
    renamed = trunk.own_names(stock)
    assert {n: t.shape for n, t in renamed.items()} == {n: t.shape for n, t in trunk.state_dict().items()}


def test_code_in_a_checkpoint_does_not_run(cache: Path) -> None:
    class Trap:
        def __reduce__(self) -> tuple[object, ...]:
            return (Path(cache / "trapped").touch, ())

    model = create_model("heterofusion", LIVER, "tiny")
    torch.save({"conv1.weight": Trap()}, cache / "x")
    path = into_cache(cache, "resnet18", (cache / "x").read_bytes())
    with pytest.raises(CaseError, match="was not opened") as caught:
        load_trunks(model, path)
    assert caught.value.kind is ErrorKind.MODEL
    assert not (cache / "trapped").exists()


def test_what_is_missing_is_told_and_not_fetched(cache: Path) -> None:
    model = create_model("heterofusion", LIVER, "tiny")
    for name in ("resnet18", "absent.safetensors", "../x"):
        with pytest.raises(CaseError, match="Nothing is downloaded"):
            load_trunks(model, Path(name))


def test_a_model_without_image_network_is_told(tmp_path: Path) -> None:
    (tmp_path / "x.safetensors").write_bytes(b"")
    model = create_model("descriptors_logistic", load_task("breast_lesion"), "recommended")
    with pytest.raises(CaseError, match="no image network"):
        load_trunks(model, tmp_path / "x.safetensors")
