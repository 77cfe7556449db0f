"""One case through the predictor against plain forward passes of the same model."""

from __future__ import annotations

import os
from collections.abc import Sequence

import torch

from engine.data.batches import normalised, to_batch
from engine.domain.task import DESCRIPTORS, load_task
from engine.models.files import load_model
from engine.serving.predictor import Predictor
from tests.benchmarks.figures import Figure
from tests.benchmarks.materials import TASK, model, prepared
from tests.benchmarks.setting import Setting, alternating


def faithful(setting: Setting) -> Sequence[Figure]:
    """The paper's own size."""
    return _one_case(setting, "faithful" if setting.size != "minimal" else "tiny", setting.pick(1, 3, 9))


def tiny(setting: Setting) -> Sequence[Figure]:
    """The demo model's size."""
    return _one_case(setting, "tiny", setting.pick(1, 9, 41))


def _one_case(setting: Setting, preset: str, rounds: int) -> Sequence[Figure]:
    file = model(setting, preset)
    task = load_task(TASK)
    [case] = prepared(setting, 1, file.card.input_size)
    plain = load_model(file)
    inputs, present = to_batch(task, [case], file.card.input_size)
    tensors = {m: t if m == DESCRIPTORS else normalised(t).contiguous() for m, t in inputs.items()}
    threads = os.cpu_count() or 1

    def forward(threads: int) -> None:
        torch.set_num_threads(threads)
        with torch.inference_mode():
            plain(tensors, present)

    with Predictor(file, "cpu") as predictor:
        predictor.warm_up()
        forward(threads)
        seconds = alternating(
            {
                "all threads": lambda: forward(threads),
                "one thread": lambda: forward(1),
                "maps": lambda: predictor.predict([case], heatmaps=True),
                "all": lambda: predictor.predict([case], heatmaps=True, contributions=True),
            },
            rounds,
        )
    torch.set_num_threads(threads)
    yardstick = min(seconds["all threads"], seconds["one thread"]) * 1000
    note = f"against one eager forward of the same model, with {threads} threads or 1, whichever is faster"
    return [
        Figure(
            what=f"{preset}: one case, both heatmaps", measured=seconds["maps"] * 1000, yardstick=yardstick, unit="ms",
            bound=1.3, note=note,
        ),
        Figure(
            what=f"{preset}: with contributions", measured=seconds["all"] * 1000, yardstick=yardstick, unit="ms",
            bound=2.4, note=note,
        ),
    ]  # fmt: skip
