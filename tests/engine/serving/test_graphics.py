"""A full graphics card: smaller batches, then the CPU. The card's place is taken by a CPU that runs out of memory."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from engine.domain.errors import CaseError
from engine.domain.prediction import Prediction
from engine.models.files import ModelFile
from engine.serving.devices import Device, choose_device, is_out_of_memory
from engine.serving.graphics import FELL_BACK, GraphicsBatches
from engine.serving.predictor import Predictor
from engine.serving.runner import ModelRunner
from engine.serving.wanted import Wanted
from tests.engine.serving.prepared import noise_case


class SmallCard(ModelRunner):
    """Runs on the CPU, calls itself a card and has room for `room` cases."""

    def __init__(self, file: ModelFile, room: int) -> None:
        super().__init__(file, Device("cpu", "CPU"))
        self.device = Device("cuda", "small card")
        self.room = room
        self.tried: list[int] = []

    def passes(self, cases: Any, wanted: Wanted, **options: Any) -> Any:
        if self.device.kind == "cpu":
            return super().passes(cases, wanted, **options)
        self.tried.append(len(cases))
        if len(cases) > self.room:
            raise torch.OutOfMemoryError("CUDA out of memory")
        self.device, card = Device("cpu", "CPU"), self.device
        answer = super().passes(cases, wanted, **options)
        self.device = card
        return answer


def scored(file: ModelFile, room: int, cases: list[Any]) -> tuple[list[Any], SmallCard, GraphicsBatches]:
    card = SmallCard(file, room)
    with Predictor(file, "cpu") as cpu:
        batches = GraphicsBatches(card, cpu._alone)
        return batches.results(cases, Wanted(heatmaps=True)), card, batches


@pytest.mark.parametrize("room", [8, 3, 1])
def test_smaller_batches_give_every_case_its_answer(model_file: ModelFile, room: int) -> None:
    cases = [noise_case(i) for i in range(8)]
    results, card, batches = scored(model_file, room, cases)
    assert [r.case_id for r in results] == [c.case_id for c in cases]
    assert card.device.kind == "cuda"
    assert batches.batch <= max(room, 32 if room == 8 else room)
    assert not any(FELL_BACK in r.notes for r in results)
    with Predictor(model_file, "cpu") as cpu:
        for result, alone in zip(results, cpu.predict(cases), strict=True):
            assert result.logits == pytest.approx(alone.logits, abs=1e-4)  # another batch size rounds otherwise


def test_a_card_too_small_for_one_case_is_left_and_it_says_so(model_file: ModelFile) -> None:
    cases = [noise_case(i) for i in range(3)]
    results, card, _ = scored(model_file, 0, cases)
    assert card.device.kind == "cpu"
    assert all(FELL_BACK in r.notes and r.device == "cpu" for r in results)
    with Predictor(model_file, "cpu") as cpu:
        assert [r.logits for r in results] == [p.logits for p in cpu.predict(cases)]


def test_a_case_that_cannot_be_scored_keeps_its_place(model_file: ModelFile) -> None:
    cases = [noise_case(0), noise_case(1, images=(), descriptors=False), noise_case(2)]
    results, *_ = scored(model_file, 2, cases)
    assert [type(r) for r in results] == [Prediction, CaseError, Prediction]


def test_other_errors_are_not_taken_for_a_full_card() -> None:
    assert is_out_of_memory(torch.OutOfMemoryError("x"))
    assert is_out_of_memory(MemoryError())
    assert is_out_of_memory(RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried ..."))
    assert not is_out_of_memory(RuntimeError("shapes do not match"))


def test_a_device_that_is_not_there_is_refused() -> None:
    with pytest.raises(CaseError, match="There is no device 'tpu'"):
        choose_device("tpu")
    if not torch.cuda.is_available():
        with pytest.raises(CaseError, match="No graphics card"):
            choose_device("cuda")
        assert choose_device("auto").kind == "cpu"
