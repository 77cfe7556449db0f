"""A full disk and a read-only one while a model is trained: a sentence, the checkpoint kept, and it goes on later."""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from tensorboardX.proto.event_pb2 import Event

from engine.domain.task import load_task
from engine.domain.training import EpochLine, RunPhase, RunState
from engine.training.checkpoint import load_checkpoint
from engine.training.out_of_fold import read_logits, scale_tables
from engine.training.recipe import ModelPart, Recipe, SchedulePart
from engine.training.run_folder import (
    CHECKPOINT,
    EPOCHS,
    LOG,
    OUT_OF_FOLD,
    RECIPE,
    STATE,
    STOP,
    TENSORBOARD,
    ask_to_stop,
    list_runs,
    read_epochs,
    read_state,
    write_epochs,
    write_state,
)
from engine.training.trainer import new_run, train_run
from tests.system.small_disk import SmallDisk, sentence

DATA = "phantom:24:1"


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def recipe() -> Recipe:
    small = ModelPart(input_size=32, options={"width": 4})
    return Recipe(name="test", model=small, schedule=SchedulePart(epochs=3, batch_size=8, checkpoint_seconds=1e-6))


@pytest.fixture
def on_disk(disk: SmallDisk, monkeypatch: pytest.MonkeyPatch) -> SmallDisk:
    """Runs are kept on the small disk."""
    monkeypatch.setenv("SONOFUSE_HOME", str(disk.place))
    return disk


def test_making_and_beginning_a_run(on_disk: SmallDisk, ill: str) -> None:
    run = new_run(recipe(), DATA)
    before = read_state(run)
    on_disk.make_ill(ill)
    sentence(lambda: new_run(recipe(), DATA), RECIPE)
    sentence(lambda: train_run(run, device="cpu"), run.name)
    assert list_runs() == (before,)
    on_disk.make_well()
    assert train_run(run, device="cpu").state is RunPhase.FINISHED


def line(epoch: int) -> EpochLine:
    return EpochLine(
        fold=0, epoch=epoch, losses={"total": 0.5}, validation_log_loss=0.6, validation_auc=0.8, lr=1e-3,
        images_per_s=9.0, seconds=1.0,
    )  # fmt: skip


def test_the_files_of_a_run(on_disk: SmallDisk, ill: str) -> None:
    run = new_run(recipe(), DATA)
    state = read_state(run)
    write_epochs(run, (line(1),))
    writings: dict[str, Callable[[], None]] = {
        STATE: lambda: write_state(run, replace(state, sentence="later")),
        EPOCHS: lambda: write_epochs(run, (line(1), line(2))),
    }
    on_disk.make_ill(ill)
    for name, write in writings.items():
        sentence(write, name)
    assert read_state(run) == state and read_epochs(run) == (line(1),) and not list(run.glob(".*.part"))
    if ill == "full":
        ask_to_stop(run)  # takes no room: a full disk is a reason to stop
        assert (run / STOP).exists()
    else:
        sentence(lambda: ask_to_stop(run), STOP)
    on_disk.make_well()
    for write in writings.values():
        write()
    assert read_state(run).sentence == "later" and len(read_epochs(run)) == 2


def test_a_disk_that_fills_up_while_a_run_trains(on_disk: SmallDisk) -> None:
    run = new_run(recipe(), DATA)

    def fill_up(state: RunState) -> None:
        if state.step >= 2:
            on_disk.make_ill("full")

    failed = train_run(run, device="cpu", on_step=fill_up)
    assert failed.state is RunPhase.FAILED and "Free some space" in failed.sentence
    kept = load_checkpoint(run / CHECKPOINT)
    assert kept is not None and kept.step >= 1
    assert read_state(run).can_start
    on_disk.make_well()
    again = train_run(run, device="cpu")
    assert again.state is RunPhase.FINISHED, again.sentence
    assert [one.epoch for one in read_epochs(run)] == [1, 2, 3]


def test_the_tables_of_a_cross_validation(disk: SmallDisk, ill: str) -> None:
    task, table = load_task("breast_lesion"), disk.place / OUT_OF_FOLD
    rows = [f"c-{n},p-{n},1,benign,{n / 8},bmode+doppler+descriptors\n" for n in range(300)]
    table.write_text("case_id,patient_id,fold,target,logit_malignant,present\n" + "".join(rows))
    before = read_logits(table, task)
    disk.make_ill(ill)
    sentence(lambda: scale_tables(disk.place, task, {("bmode", "doppler", "descriptors"): 0.5}), OUT_OF_FOLD)
    assert np.array_equal(read_logits(table, task), before) and not list(disk.place.glob(".*.part"))
    disk.make_well()
    scale_tables(disk.place, task, {("bmode", "doppler", "descriptors"): 0.5})
    assert np.array_equal(read_logits(table, task), before / 2)


def test_a_run_goes_on_without_its_tensorboard_file(disk: SmallDisk, ill: str) -> None:
    """The file lies on the ill disk, everything else on a good one."""
    run = new_run(recipe(), DATA)
    (run / TENSORBOARD).symlink_to(disk.place)
    disk.make_ill(ill)
    state = train_run(run, device="cpu")
    assert state.state is RunPhase.FINISHED, state.sentence
    told = [words for words in (run / LOG).read_text().splitlines() if "TensorBoard" in words]
    assert len(told) == 1 and told[0].endswith("training goes on.")
    disk.make_well()
    again = new_run(recipe(), DATA)
    (again / TENSORBOARD).symlink_to(disk.place)
    train_run(again, device="cpu")
    newest = max(disk.place.glob("events*"), key=lambda path: path.stat().st_mtime_ns)
    assert points(newest) == {("loss/total", epoch) for epoch in (1, 2, 3)}


def points(file: Path) -> set[tuple[str, int]]:
    """The points of the loss in a TensorBoard file: records with their length, two check sums and an event."""
    data, found = file.read_bytes(), set()
    while data:
        [length] = struct.unpack("<Q", data[:8])
        event = Event.FromString(data[12 : 12 + length])
        found |= {(value.tag, event.step) for value in event.summary.value if value.tag == "loss/total"}
        data = data[16 + length :]
    return found
