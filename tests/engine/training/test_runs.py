"""Runs in this process: cross-validation, stopping, what goes wrong and what is kept, fine-tuning, the card."""

from __future__ import annotations

import csv
import json
import math
import resource
import signal
import statistics
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from engine.data.phantom.latents import draw
from engine.domain.errors import CaseError
from engine.domain.task import load_task
from engine.domain.training import RunPhase
from engine.models.card import ModelCard, read_card
from engine.models.files import find_model, load_model
from engine.models.installing import install
from engine.training.recipe import DataPart, ModelPart, OptimiserPart, Recipe, RegularisationPart, SchedulePart
from engine.training.run_folder import (
    CHECKPOINT,
    MODEL,
    OUT_OF_FOLD,
    STATE,
    TENSORBOARD,
    ask_to_stop,
    list_runs,
    log_line,
    read_epochs,
    read_state,
    write_state,
)
from engine.training.trainer import finished_model, new_run, train_run

BREAST = load_task("breast_lesion")


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def recipe(**parts: Any) -> Recipe:
    schedule = {"epochs": 2, "batch_size": 8, "checkpoint_seconds": 1e-6}
    given: dict[str, Any] = {
        "model": ModelPart(input_size=32, options={"width": 4}),
        "schedule": SchedulePart(**schedule),
    }
    return Recipe(name="test", **{**given, **parts})


def test_cross_validation_keeps_every_answer_once() -> None:
    run = new_run(recipe(data=DataPart(folds=2)), "phantom:48:1", name="folds")
    state = train_run(run, device="cpu")
    assert state.state is RunPhase.FINISHED, state.sentence
    with (run / OUT_OF_FOLD).open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert len({row["case_id"] for row in rows}) == len(rows) == 48
    truth = {
        c: BREAST.classes[draw("breast_lesion", 1, i).class_index] for i, c in enumerate(r["case_id"] for r in rows)
    }
    assert {row["case_id"]: row["target"] for row in rows} == truth
    values = []
    for k in (1, 2):
        logits = np.array([float(row["logit_malignant"]) for row in rows if row["fold"] == str(k)])
        signs = np.array([1 if row["target"] == "malignant" else -1 for row in rows if row["fold"] == str(k)])
        values.append(np.log1p(np.exp(-signs * logits)).mean())
    folds = state.result["folds"]["log_loss"]
    assert folds["ddof"] == 1
    assert folds["sd"] == pytest.approx(statistics.stdev(values), abs=1e-5)
    assert {line.fold for line in read_epochs(run)} == {0, 1, 2}
    card = read_card(finished_model(run).with_suffix(".json"))
    assert card.calibration is not None
    assert (card.calibration["source"], card.calibration["n"]) == ("out_of_fold", 48)
    assert card.conformal is not None
    assert card.ood is not None
    logits = np.array([float(row["logit_malignant"]) for row in rows]) / card.temperature
    positive = np.array([row["target"] == "malignant" for row in rows])
    caught = (1 / (1 + np.exp(-logits)) >= (card.threshold or 0.0))[positive].mean()
    assert caught >= 0.95


def test_stopped_by_a_file_and_gone_on_with() -> None:
    run = new_run(recipe(), "phantom:40:1")
    state = train_run(run, device="cpu", on_step=lambda s: ask_to_stop(run) if s.step >= 1 else None)
    assert state.state is RunPhase.STOPPED
    assert 0 < state.step < state.steps
    assert not (run / MODEL).exists()
    again = train_run(run, device="cpu")
    assert again.state is RunPhase.FINISHED
    assert [line.epoch for line in read_epochs(run)] == [1, 2]
    assert list((run / TENSORBOARD).glob("events*"))
    assert read_state(run) == again == list_runs()[0]
    assert train_run(run, device="cpu") == again


def test_an_infinite_loss_is_told_and_the_last_good_checkpoint_stays() -> None:
    run = new_run(
        recipe(optimiser=OptimiserPart(name="sgd", lr=1e30), regularisation=RegularisationPart(clip=0)), "phantom:40:1"
    )
    state = train_run(run, device="cpu")
    assert state.state is RunPhase.FAILED
    assert "Lower the learning rate" in state.sentence
    for kept in (run / CHECKPOINT).glob("step-*/tensors.safetensors"):
        from safetensors.torch import load_file

        assert all(t.isfinite().all() for n, t in load_file(kept).items() if n.startswith("model/"))


def test_a_full_disk_is_told_and_the_last_good_checkpoint_stays() -> None:
    run = new_run(recipe(), "phantom:40:1")
    state = train_run(run, device="cpu", should_stop=lambda: (run / CHECKPOINT).exists())
    assert state.state is RunPhase.STOPPED
    [before] = (run / CHECKPOINT).glob("step-*")
    limits, handler = resource.getrlimit(resource.RLIMIT_FSIZE), signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (64_000, limits[1]))
    try:
        failed = train_run(run, device="cpu")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        signal.signal(signal.SIGXFSZ, handler)
    assert failed.state is RunPhase.FAILED
    assert "Free some space" in failed.sentence
    assert [p.name for p in (run / CHECKPOINT).iterdir()] == [before.name]
    assert train_run(run, device="cpu").state is RunPhase.FINISHED


def test_fine_tuning_leaves_the_frozen_part_and_its_statistics_alone() -> None:
    run = new_run(recipe(), "phantom:40:1", name="base")
    train_run(run, device="cpu")
    base = install(str(finished_model(run)))
    part = ModelPart(start_from="base", freeze=("trunk.conv1", "trunk.bn1", "layer1"))
    tuned = new_run(recipe(model=part), "phantom:40:2", name="tuned")
    assert train_run(tuned, device="cpu").state is RunPhase.FINISHED
    old, new = load_model(base).state_dict(), load_model(find_model(str(finished_model(tuned)))).state_dict()
    same = {name for name in old if torch.equal(old[name], new[name])}
    frozen = {n for n in old if any(p in n for p in ("trunk.conv1.", "trunk.bn1.", "layer1."))}
    assert frozen <= same
    assert not any("layer4" in name and name.endswith("conv1.weight") for name in same)


def test_other_data_than_before_are_refused() -> None:
    run = new_run(recipe(), "phantom:40:1")
    train_run(run, device="cpu", should_stop=lambda: True)
    state = read_state(run)
    write_state(run, type(state)(**{**vars(state), "data": "phantom:40:2"}))
    assert "data have changed" in train_run(run, device="cpu").sentence


def test_a_run_whose_process_is_gone_is_stopped() -> None:
    run = new_run(recipe(), "phantom:40:1")
    state = read_state(run)
    write_state(run, type(state)(**{**vars(state), "state": RunPhase.RUNNING, "pid": 1}))
    assert read_state(run).state is RunPhase.STOPPED
    assert "Resume it" in read_state(run).sentence
    log_line(run, "x")
    (run / STATE).write_text("{")
    with pytest.raises(CaseError, match="cannot be read"):
        read_state(run)
    assert list_runs() == ()


def test_an_older_card_is_read_and_damaged_measures_are_refused(tmp_path: Path) -> None:
    demo = find_model("breast-demo").card
    table = json.loads(demo.to_json())
    for name in ("calibration", "conformal", "ood"):
        table.pop(name)
    (tmp_path / "old.json").write_text(json.dumps(table))
    assert read_card(tmp_path / "old.json").conformal is None
    for wrong in ({"kind": "per_class", "alpha": 2.0, "quantiles": [0.1]}, {"kind": "x"}, 3):
        with pytest.raises(ValueError, match="conformal"):
            ModelCard(**{**vars(demo), "conformal": wrong})
    centre = {
        "modalities": ["bmode"],
        "mean": [0.0],
        "directions": [],
        "variances": [],
        "rest": math.nan,
        "threshold": 1,
    }
    with pytest.raises(ValueError, match="ood"):
        ModelCard(**{**vars(demo), "ood": {"method": "mahalanobis", "sets": [centre]}})


def test_a_cross_validation_goes_on_in_its_fold() -> None:
    parts = {"data": DataPart(folds=2), "schedule": SchedulePart(epochs=1, batch_size=8)}
    whole = new_run(recipe(**parts), "phantom:32:1", name="whole")
    assert train_run(whole, device="cpu").state is RunPhase.FINISHED
    parted = new_run(recipe(**parts), "phantom:32:1", name="whole")
    state = train_run(parted, device="cpu", should_stop=lambda: (parted / "fold-1" / "fold.json").exists())
    assert (state.state, (parted / "fold-2" / "fold.json").exists()) == (RunPhase.STOPPED, False)
    first = (parted / "fold-1" / "fold.json").stat().st_mtime_ns
    assert train_run(parted, device="cpu").state is RunPhase.FINISHED
    assert (parted / "fold-1" / "fold.json").stat().st_mtime_ns == first
    assert (parted / OUT_OF_FOLD).read_bytes() == (whole / OUT_OF_FOLD).read_bytes()
    assert finished_model(parted).read_bytes() == finished_model(whole).read_bytes()


@pytest.mark.parametrize("system", ["descriptors_logistic", "descriptors_boosting"])
def test_what_is_fitted_in_one_go_is_a_run_too(system: str) -> None:
    model = ModelPart(architecture=system, preset="recommended")
    run = new_run(recipe(model=model), "phantom:60:1", name="table")
    state = train_run(run, device="cpu")
    assert state.state is RunPhase.FINISHED, state.sentence
    assert state.result["figures"]["validation_auc"]["value"] > 0.5


def test_cutoffs_that_are_published_are_a_run_too() -> None:
    model = ModelPart(architecture="stiffness_cutoffs", preset="recommended")
    run = new_run(recipe(model=model), "phantom:60:1", task="liver_fibrosis", name="stiffness")
    state = train_run(run, device="cpu")
    assert state.state is RunPhase.FINISHED, state.sentence
    assert state.result["figures"]["validation_auc_from_F2"]["value"] > 0.85
    assert read_card(finished_model(run).with_suffix(".json")).modalities_used == ("swe",)


def test_stages_get_sets_of_neighbours() -> None:
    run = new_run(recipe(model=ModelPart(input_size=64, options={"width": 4})), "phantom:80:1", task="liver_fibrosis")
    state = train_run(run, device="cpu")
    assert state.state is RunPhase.FINISHED, state.sentence
    card = read_card(finished_model(run).with_suffix(".json"))
    assert card.threshold is None
    assert card.conformal is not None
    assert card.conformal["kind"] == "contiguous"
    assert card.conformal["coverage"]["n"] == card.conformal["n"] == 16


def test_too_little_memory_is_told_with_the_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object, **__: object) -> None:
        raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 20.00 GiB.")

    run = new_run(recipe(), "phantom:40:1")
    train_run(run, device="cpu", should_stop=lambda: (run / CHECKPOINT).exists())
    kept = [p.name for p in (run / CHECKPOINT).iterdir()]
    monkeypatch.setattr("lightning_fabric.Fabric.backward", full)
    state = train_run(run, device="cpu")
    assert state.state is RunPhase.FAILED
    assert "graphics card's memory" in state.sentence
    assert "batch_size" in state.sentence
    assert [p.name for p in (run / CHECKPOINT).iterdir()] == kept
