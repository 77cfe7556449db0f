"""Fusion systems against the plain networks they are made of, and DRIFA-Net's repeated passes against a plain loop."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
from torch import Tensor, nn

from engine.domain.task import DESCRIPTORS, Task, load_task
from engine.explain.uncertainty import dropout_active, sampled_probabilities
from engine.models.contract import FusionModel
from engine.models.registry import create_model
from engine.models.vision import torchvision_models
from tests.benchmarks.figures import Figure
from tests.benchmarks.setting import Setting, alternating

FORWARD, PASSES, PASSES_GPU = 1.3, 1.2, 4.0
TRUNKS = {
    "mhfnet": "resnet50",
    "attention_fusion": "resnet50",
    "asymfusion": "resnet50",
    "heterofusion": "resnet50",
    "drifanet": "resnet50",
    "resnet50": "resnet50",
    "early_fusion": "resnet50",
    "late_fusion": "resnet50",
    "clip_style": "resnet50",
    "vgg16": "vgg16",
    "swin_t": "swin_t",
    "vit_b_16": "vit_b_16",
}
"""Two-branch system -> the torchvision network two of which it is held against."""


def forward(setting: Setting) -> Sequence[Figure]:
    """One forward of each faithful model against two of the plain network, on the same pictures."""
    names = list(TRUNKS)[: setting.pick(1, 5, len(TRUNKS))]
    return [_forward(name, setting) for name in names]


def passes(setting: Setting) -> Sequence[Figure]:
    """Five members of 30 passes: all at once, against one full forward after the other."""
    figures = [_passes(setting, "cpu", PASSES)]
    if torch.cuda.is_available():
        return [*figures, _passes(setting, "cuda", PASSES_GPU)]
    none = "DRIFA-Net passes on a GPU, times faster than a loop"
    return [*figures, Figure(what=none, measured=None, unit="", bound=PASSES_GPU, at_least=True, note="no GPU here")]


def _forward(name: str, setting: Setting) -> Figure:
    task, batch = load_task("breast_lesion"), setting.pick(1, 8, 8)
    torch.manual_seed(0)
    model = create_model(name, task, "faithful").eval()
    plain: nn.Module = getattr(torchvision_models(), TRUNKS[name])().eval()
    inputs = _inputs(task, batch, 224, "cpu")

    def ours() -> None:
        with torch.inference_mode():
            model(inputs)

    def two_plain() -> None:
        with torch.inference_mode():
            for modality in task.images:
                plain(inputs[modality])

    ours()
    two_plain()
    seconds = alternating({"ours": ours, "plain": two_plain}, setting.pick(1, 3, 5))
    return Figure(
        what=f"{name} faithful, forward of {batch}",
        measured=seconds["ours"],
        yardstick=seconds["plain"],
        unit="s",
        bound=FORWARD,
        note=f"against two {TRUNKS[name]} of torchvision",
    )


def _passes(setting: Setting, device: str, bound: float) -> Figure:
    task = load_task("breast_lesion")
    members, count = setting.pick(1, 1, 5), setting.pick(2, 10, 30)
    models: list[FusionModel] = []
    for seed in range(members):
        torch.manual_seed(seed)
        models.append(create_model("drifanet", task, setting_preset(setting)).eval().to(device))
    inputs = _inputs(task, 1, models[0].input_size, device)
    wait: Callable[[], None] = torch.cuda.synchronize if device == "cuda" else lambda: None

    def at_once() -> None:
        sampled_probabilities(models, inputs, passes=count)
        wait()

    def one_by_one() -> None:
        with torch.no_grad(), dropout_active(*models):
            for model in models:
                for _ in range(count):
                    model(inputs)
        wait()

    for model in models:
        model(inputs)
    seconds = alternating({"at_once": at_once, "one_by_one": one_by_one}, setting.pick(1, 1, 2))
    return Figure(
        what=f"DRIFA-Net {members} x {count} passes on {device}, times faster than a loop",
        measured=1 / seconds["at_once"],
        yardstick=1 / seconds["one_by_one"],
        unit="1/s",
        bound=bound,
        at_least=True,
        note=f"one case, {models[0].input_size} x {models[0].input_size}",
    )


def setting_preset(setting: Setting) -> str:
    """The preset whose passes are measured."""
    return "tiny" if setting.size == "minimal" else "faithful"


def _inputs(task: Task, batch: int, size: int, device: str) -> dict[str, Tensor]:
    maker = torch.Generator().manual_seed(1)
    inputs = {m: torch.randn(batch, 3, size, size, generator=maker).to(device) for m in task.images}
    if task.fields:
        inputs[DESCRIPTORS] = (torch.rand(batch, task.n_terms, generator=maker) < 0.3).float().to(device)
    return inputs
