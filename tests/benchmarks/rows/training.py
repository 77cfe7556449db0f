"""A training epoch against bare forward and backward passes on tensors that are in memory already."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from engine.data.batches import normalised
from engine.domain.task import DESCRIPTORS, load_task
from engine.models.registry import create_model
from engine.training.averaging import MovingAverage
from engine.training.cases import LabelledCases
from engine.training.course import Course
from engine.training.devices import make_fabric
from engine.training.feeding import layout_for
from engine.training.recipe_files import changed, read_recipe
from engine.training.sources import load_cases
from tests.benchmarks.figures import Figure
from tests.benchmarks.setting import Setting, alternating

THROUGHPUT, OVERHEAD, ON_GPU = 0.95, 0.03, 2.5
BATCH = 32


def throughput(setting: Setting) -> Sequence[Figure]:
    """Epochs from the second on (the first decodes), one thread, images of 128 pixels, recommended recipe."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        return [*_on_cpu(setting), _on_gpu(setting)]
    finally:
        torch.set_num_threads(threads)


def _on_cpu(setting: Setting) -> list[Figure]:
    cases = load_cases(f"phantom:{setting.pick(32, 128, 512)}:5", load_task("breast_lesion"), 128)
    changes = {
        "schedule.epochs": 100,
        "schedule.batch_size": BATCH,
        "schedule.precision": "32",
        "regularisation.augment": False,
    }
    recipe = changed(read_recipe("recommended"), changes)
    torch.manual_seed(0)
    model = create_model("mhfnet", cases.task, "tiny", input_size=128)
    course = Course(make_fabric("cpu", precision="32"), model, cases, None, recipe)
    course.run_epoch(lambda: None)
    bare = _Bare(cases)
    rounds = setting.pick(1, 3, 5)
    candidates = {
        "course": lambda: course.run_epoch(lambda: None),
        "bare": lambda: bare.epoch(step=False),
        "bare step": lambda: bare.epoch(step=True),
    }
    seconds = alternating(candidates, rounds)
    pairs = len(bare.batches) * BATCH
    return [
        Figure(
            what="training: cases per s from epoch 2 on",
            measured=pairs / seconds["course"],
            yardstick=pairs / seconds["bare"],
            unit="cases/s",
            bound=THROUGHPUT,
            at_least=True,
            note="against forward and backward alone on tensors in memory; augmentation off in both",
        ),
        Figure(
            what="training: overhead of the loop",
            measured=seconds["course"],
            yardstick=seconds["bare step"],
            unit="s",
            bound=1 + OVERHEAD,
            note="over forward, backward, clipping, averaging and optimiser step written out",
        ),
    ]


class _Bare:
    """The same model and batches, without a loop around them."""

    def __init__(self, cases: LabelledCases, *, device: str = "cpu", preset: str = "tiny", size: int = 128) -> None:
        torch.manual_seed(0)
        self.model = create_model("mhfnet", cases.task, preset, input_size=size).train().to(device)
        layout = layout_for(self.model, torch.device(device)) if device == "cpu" else torch.contiguous_format
        self.model.to(memory_format=layout)  # type: ignore[call-overload]
        self.average = MovingAverage(self.model)
        self.optimiser = torch.optim.AdamW(self.model.parameters(), lr=1e-4)
        self.batches: list[tuple[dict[str, Tensor], Tensor, Tensor]] = []
        for start in range(0, len(cases) - BATCH + 1, BATCH):
            inputs, present, targets = cases.batch(np.arange(start, start + BATCH))
            inputs = {m: t.to(device) for m, t in inputs.items()}
            shown = {
                m: t if m == DESCRIPTORS else normalised(t.float()).contiguous(memory_format=layout)
                for m, t in inputs.items()
            }
            self.batches.append((shown, present.to(device), targets.to(device)))

    def epoch(self, *, step: bool) -> None:
        for inputs, present, targets in self.batches:
            loss = self.model.loss(self.model(inputs, present), targets)["total"]
            self.model.zero_grad(set_to_none=True)
            loss.backward()  # type: ignore[no-untyped-call]
            if step:
                torch.nn.utils.clip_grad_norm_(self.model.parameters(), 5.0)
                self.optimiser.step()
                self.average.update(self.model)


def _on_gpu(setting: Setting) -> Figure:
    what, unit = "training on a GPU: recommended recipe against plain fp32", "cases/s"
    if not torch.cuda.is_available():
        return Figure(what=what, measured=None, unit=unit, bound=ON_GPU, at_least=True, note="no GPU here")
    cases = load_cases(f"phantom:{setting.pick(32, 256, 1024)}:5", load_task("breast_lesion"), 224)
    recipe = changed(read_recipe("recommended"), {"schedule.epochs": 100, "schedule.batch_size": BATCH})
    torch.manual_seed(0)
    model = create_model("mhfnet", cases.task, "recommended", input_size=224)
    course = Course(make_fabric("cuda", precision=recipe.schedule.precision), model, cases, None, recipe)
    bare = _Bare(cases, device="cuda", preset="recommended", size=224)

    def ours() -> None:
        course.run_epoch(lambda: None)
        torch.cuda.synchronize()

    def plain() -> None:
        bare.epoch(step=True)
        torch.cuda.synchronize()

    ours()
    plain()
    seconds = alternating({"ours": ours, "plain": plain}, setting.pick(1, 3, 5))
    pairs = len(bare.batches) * BATCH
    return Figure(
        what=what,
        measured=pairs / seconds["ours"],
        yardstick=pairs / seconds["plain"],
        unit=unit,
        bound=ON_GPU,
        at_least=True,
        note="with augmentation, against an eager loop without it",
    )
