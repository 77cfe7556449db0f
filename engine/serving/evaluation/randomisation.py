"""Do heatmaps show what the model has learnt: its weights are made random step by step, from the answer downwards.

J. Adebayo et al., Sanity Checks for Saliency Maps (NeurIPS 2018): a map that stays alike while the weights are replaced
shows the picture and not the model.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch import nn

from engine.evaluation.figures import Figure
from engine.evaluation.pointing import mean_figure, rank_similarity
from engine.explain.heatmap import traced_forward
from engine.models.contract import FusionModel
from engine.models.files import ModelFile, load_model
from engine.serving.evaluation.scoring import inputs_on, question_maps
from engine.training.cases import LabelledCases
from engine.training.feeding import layout_for

Maps = dict[str, npt.NDArray[np.float32]]

CASES, STEPS, REPEATS = 24, 8, 3
_TRACED = 4
ALIKE = 0.5
"""Rank correlation from which on a map made with random weights counts as alike."""


@dataclass(frozen=True, kw_only=True)
class RandomisationStep:
    """Similarity once a part of the weights is random.

    Attributes
    ----------
    layers, share : how many layers are random, and their share of all parameters.
    similarity : mean rank correlation of the maps' absolute values with the original ones, over cases and images; the
        interval is over the cases.
    signed_similarity : the same with signs.
    """

    layers: int
    share: float
    similarity: Figure
    signed_similarity: Figure


@dataclass(frozen=True, kw_only=True)
class Randomisation:
    """The whole cascade.

    Attributes
    ----------
    n : cases. repeats : random draws averaged. depends : the maps depend on the weights: with all of them random the
        interval of the similarity lies below `ALIKE`. sentence : the same in words.
    """

    n: int
    repeats: int
    steps: tuple[RandomisationStep, ...]
    depends: bool
    sentence: str


def randomisation(
    file: ModelFile,
    cases: LabelledCases,
    *,
    device: str = "cpu",
    seed: int = 0,
    on_pass: Callable[[int, int], None] = lambda done, total: None,
) -> Randomisation | None:
    """Run the check on up to 24 cases with images; None where the model has no maps.

    Parameters
    ----------
    on_pass : called with (maps made, maps in all) before each pass over the cases.
    """
    used = [m in file.card.modalities_used for m in cases.task.images]
    here = np.flatnonzero((cases.present[:, : len(used)] & np.array(used)).any(axis=1))
    if not len(here):
        return None
    rows = np.sort(np.random.default_rng(seed).permutation(here)[:CASES])
    network = load_model(file).to(device)
    original = _maps(network, file, cases, rows, device)
    if not original:
        return None
    layers = _layers_from_the_answer(network, file, cases, rows[:_TRACED], device)
    ends = np.unique(np.linspace(0, len(layers), STEPS + 1).round().astype(int))
    alike = np.zeros((len(ends), 2, len(rows)))
    for repeat in range(REPEATS):
        draw = torch.Generator().manual_seed(seed * 1000 + repeat)
        network = load_model(file).to(device)
        layers = _layers_from_the_answer(network, file, cases, rows[:_TRACED], device)
        for step, (before, end) in enumerate(zip(np.r_[0, ends[:-1]], ends, strict=True)):
            for layer in layers[before:end]:
                _make_random(layer, draw)
            on_pass(repeat * len(ends) + step, REPEATS * len(ends))
            alike[step] += _similarities(original, _maps(network, file, cases, rows, device)) / REPEATS
    return _told(ends, layers, alike, len(rows))


def _told(
    ends: npt.NDArray[np.int64], layers: list[nn.Module], alike: npt.NDArray[np.float64], n: int
) -> Randomisation:
    sizes = [sum(p.numel() for p in layer.parameters(recurse=False)) for layer in layers]
    steps = tuple(
        RandomisationStep(
            layers=int(end),
            share=sum(sizes[:end]) / max(sum(sizes), 1),
            similarity=mean_figure(alike[step, 0]),
            signed_similarity=mean_figure(alike[step, 1]),
        )
        for step, end in enumerate(ends)
    )
    last = steps[-1].similarity
    depends = (last.value if last.high is None else last.high) < ALIKE
    similar = f"{round(last.value, 2) + 0.0:.2f}"  # never -0.00
    verdict = "the maps depend on what the model has learnt" if depends else "the maps stay alike, do not trust them"
    sentence = f"With all weights random the maps' rank correlation with the original ones is {similar}: {verdict}."
    return Randomisation(n=n, repeats=REPEATS, steps=steps, depends=depends, sentence=sentence)


def _maps(
    network: FusionModel, file: ModelFile, cases: LabelledCases, rows: npt.NDArray[np.int64], device: str
) -> Maps:
    inputs, present = inputs_on(cases, rows, file.card, device)
    found = question_maps(traced_forward(network, inputs, present), cases.task, file.card.temperature)
    return {m: values.detach().float().cpu().numpy() for m, values in found.items() if m in file.card.modalities_used}


def _layers_from_the_answer(
    network: FusionModel, file: ModelFile, cases: LabelledCases, rows: npt.NDArray[np.int64], device: str
) -> list[nn.Module]:
    """Modules with parameters of their own that the answer depends on, the last to run first."""
    own = [module for module in network.modules() if any(True for _ in module.parameters(recurse=False))]
    ran: list[nn.Module] = []
    hooks = [module.register_forward_hook(lambda m, _in, _out: ran.append(m)) for module in own]
    try:
        inputs, present = inputs_on(cases, rows, file.card, device)
        layout = layout_for(network, torch.device(device))  # backwards through narrow layers, see there
        inputs = {m: t.contiguous(memory_format=layout) if t.ndim == 4 else t for m, t in inputs.items()}
        network.zero_grad(set_to_none=True)
        with torch.enable_grad():
            network(inputs, present).logits.sum().backward()
    finally:
        for hook in hooks:
            hook.remove()
    order = {id(module): place for place, module in enumerate(ran)}  # the last time it runs
    counting = [module for module in own if _counts(module)]  # not, say, the branch of an image that is missing
    network.zero_grad(set_to_none=True)
    return sorted(counting, key=lambda module: -order.get(id(module), len(ran)))


def _counts(module: nn.Module) -> bool:
    return any(p.grad is not None and bool(p.grad.any()) for p in module.parameters(recurse=False))


@torch.no_grad()
def _make_random(layer: nn.Module, draw: torch.Generator) -> None:
    """Normal numbers with the mean and deviation of each tensor, so that signals neither die nor explode."""
    for tensor in layer.parameters(recurse=False):
        values = tensor.detach().float()
        spread = float(values.std()) if values.numel() > 1 else abs(float(values.mean()))
        fresh = torch.randn(values.shape, generator=draw) * spread + float(values.mean())
        tensor.copy_(fresh.to(tensor.device, tensor.dtype))


def _similarities(original: Maps, now: Maps) -> npt.NDArray[np.float64]:
    """(2, n): without and with signs, the mean over a case's images that have a map."""
    n = len(next(iter(original.values())))
    result = np.zeros((2, n))
    for row in range(n):
        pairs = [(maps[row], now[m][row]) for m, maps in original.items() if np.any(maps[row])]
        if pairs:
            result[0, row] = np.mean([rank_similarity(np.abs(a), np.abs(b)) for a, b in pairs])
            result[1, row] = np.mean([rank_similarity(a, b) for a, b in pairs])
    return result
