"""A model's answers to labelled cases, with everything that a report is made from, in one run over the cases."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import chain, combinations
from math import factorial
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from scipy.special import logit
from torch import Tensor

from engine.data.batches import normalised
from engine.domain.task import Task
from engine.evaluation.calibration import to_probabilities
from engine.evaluation.scored import ScoredCases, Subset, question_of
from engine.explain.heatmap import evidence_maps, traced_forward
from engine.explain.subset_answers import answers_by_subset
from engine.models.card import ModelCard
from engine.models.contract import FusionModel, FusionOutput
from engine.models.files import ModelFile, load_model
from engine.serving.card_answers import foreignness, prediction_set
from engine.training.cases import LabelledCases
from engine.training.scoring import in_batches

Floats = npt.NDArray[np.floating]

_FROM_CARD = "from the model's card, chosen on its validation cases"
_NONE = "0.5, as the model's card names none"


def scored_cases(
    file: ModelFile,
    cases: LabelledCases,
    *,
    data: str,
    device: str = "cpu",
    batch_size: int = 64,
    on_batch: Callable[[int], None] | None = None,
) -> ScoredCases:
    """Run the model over all cases.

    Parameters
    ----------
    data : name of the source. on_batch : called with the number of cases done.
    """
    card, task = file.card, cases.task
    network = load_model(file).to(device)
    parts: dict[str, list[npt.NDArray[np.float32]]] = {}
    for rows in in_batches(len(cases), batch_size):
        for name, values in _answers(network, card, cases, rows, device):
            parts.setdefault(name, []).append(values.detach().float().cpu().numpy())
        if on_batch:
            on_batch(int(rows[-1]) + 1)
    found = {name: np.concatenate(values) for name, values in parts.items()}
    by_subset = {s: to_probabilities(found[_title(s)], card.temperature) for s in _subsets(card, task)}
    whole = max(by_subset, key=len)
    used = np.array([m in card.modalities_used for m in task.modalities])
    present = cases.present & used
    return ScoredCases(
        task=task,
        case_ids=cases.case_ids,
        probabilities=by_subset[whole],
        logits=found[_title(whole)],
        targets=cases.targets,
        present=present,
        groups=cases.groups,
        folds=cases.folds,
        facts=cases.facts,
        model=card.name,
        data=data,
        origin=f"answers of the model {card.name}",
        simulated=cases.simulated,
        threshold=0.5 if card.threshold is None else card.threshold,
        threshold_origin=_NONE if card.threshold is None else _FROM_CARD,
        temperature=card.temperature,
        subsets={s: values for s, values in by_subset.items() if s},
        unimodal=_unimodal(found, present, task, card.temperature),
        shapley=_shapley(task, found, by_subset, cases.targets, present, card),
        fusion_weights=found.get("weights"),
        fused=found.get("fused"),
        descriptors=cases.descriptors if task.fields else None,
        image_sizes=image_sizes(cases),
        sets=_sets(card, task, by_subset[whole]),
        promised=None if card.conformal is None else 1.0 - float(card.conformal["alpha"]),
        foreignness=_foreignness(card, task, present, found.get("fused")),
        maps={m: found[f"map {m}"] for m in task.images if f"map {m}" in found and m in card.modalities_used},
        masks=cases.masks,
    )


def image_sizes(cases: LabelledCases) -> Floats | None:
    """(N, 2) width and height of the stored first image in pixels, NaN where unknown; None when no case tells it."""
    sizes = np.array([[_number(f.get("image_width")), _number(f.get("image_height"))] for f in cases.facts])
    return sizes if np.isfinite(sizes).any() else None


def evidence_sign(task: Task) -> float:
    """Logits of a binary task speak for its second class; maps and values are to speak for the positive one."""
    return 1.0 if not task.is_binary or task.classes.index(task.positive_class) == 1 else -1.0


def inputs_on(
    cases: LabelledCases, rows: npt.NDArray[np.integer], card: ModelCard, device: str
) -> tuple[dict[str, Tensor], Tensor]:
    """Some cases as the model takes them; what it was not trained with is hidden."""
    inputs, present, _ = cases.batch(rows)
    shown = {m: normalised(t.to(device)) if t.dtype == torch.uint8 else t.to(device) for m, t in inputs.items()}
    used = torch.tensor([m in card.modalities_used for m in cases.task.modalities])
    return shown, (present & used).to(device)


def question_maps(output: FusionOutput, task: Task, temperature: float) -> dict[str, Tensor]:
    """Modality -> (n, h, w) evidence in calibrated log-odds: for yes in binary tasks, else for the stage called.

    Parameters
    ----------
    output : of `engine.explain.heatmap.traced_forward`.
    """
    target = torch.zeros(len(output.logits), dtype=torch.int64, device=output.logits.device)
    target = target if task.is_binary else output.logits.argmax(dim=1)
    scale = evidence_sign(task) / temperature
    return {m: values * scale for m, values in evidence_maps(output, target).items()}


def _answers(
    network: FusionModel, card: ModelCard, cases: LabelledCases, rows: npt.NDArray[np.integer], device: str
) -> Iterator[tuple[str, Tensor]]:
    inputs, present = inputs_on(cases, rows, card, device)
    output = traced_forward(network, inputs, present)
    for modality, values in question_maps(output, cases.task, card.temperature).items():
        yield f"map {modality}", values
    yield "fused", output.fused.flatten(1)
    if output.fusion_weights is not None:
        yield "weights", output.fusion_weights
    for modality, values in output.unimodal_logits.items():
        yield f"unimodal {modality}", values
    subsets = _subsets(card, cases.task)
    for subset, values in answers_by_subset(network, inputs, present, subsets).items():
        yield _title(subset), values


def _subsets(card: ModelCard, task: Task) -> list[Subset]:
    """All of them, with the empty one."""
    names = [m for m in task.modalities if m in card.modalities_used]
    return list(chain.from_iterable(combinations(names, size) for size in range(len(names) + 1)))


def _title(subset: Subset) -> str:
    return "shown " + " ".join(subset)


def _unimodal(
    found: dict[str, npt.NDArray[np.float32]], present: npt.NDArray[np.bool_], task: Task, temperature: float
) -> dict[str, Floats]:
    result: dict[str, Floats] = {}
    for column, modality in enumerate(task.modalities):
        if f"unimodal {modality}" in found:
            own = to_probabilities(found[f"unimodal {modality}"], temperature)
            result[modality] = np.where(present[:, column, None], own, np.nan)
    return result


def _shapley(
    task: Task,
    found: dict[str, npt.NDArray[np.float32]],
    by_subset: dict[Subset, Floats],
    targets: npt.NDArray[np.int64],
    present: npt.NDArray[np.bool_],
    card: ModelCard,
) -> Floats:
    """(N, M) exact values from the answers to all subsets, see `engine.explain.shapley`."""
    odds = {s: _log_odds(task, found[_title(s)], by_subset[s], targets, card.temperature) for s in by_subset}
    names = max(by_subset, key=len)
    result = np.zeros((len(targets), len(task.modalities)))
    for modality in names:
        for before in (s for s in by_subset if modality not in s):
            share = factorial(len(before)) * factorial(len(names) - len(before) - 1) / factorial(len(names))
            joined = tuple(m for m in names if m == modality or m in before)
            result[:, task.modalities.index(modality)] += share * (odds[joined] - odds[before])
    return np.where(present, result, 0.0)


def _log_odds(task: Task, logits: Floats, probabilities: Floats, targets: npt.NDArray[np.int64], t: float) -> Floats:
    if task.is_binary:
        return np.asarray(evidence_sign(task) * logits[:, 0].astype(np.float64) / t)
    chance = question_of(task, probabilities, targets).probability
    return np.asarray(logit(np.clip(chance, 1e-12, 1 - 1e-12)))


def promised_by(card: ModelCard, scored: ScoredCases) -> dict[str, Any]:
    """Fields "sets" and "promised" of answers that stand for the card's model."""
    promised = None if card.conformal is None else 1.0 - float(card.conformal["alpha"])
    return {"sets": _sets(card, scored.task, scored.probabilities), "promised": promised}


def _sets(card: ModelCard, task: Task, probabilities: Floats) -> npt.NDArray[np.bool_] | None:
    """(N, C), as the reader is shown them."""
    if card.conformal is None:
        return None
    shown = [prediction_set(card, task, tuple(row.tolist())) for row in probabilities]
    return np.array([[name in inside for name in task.classes] for inside in shown])


def _foreignness(
    card: ModelCard, task: Task, present: npt.NDArray[np.bool_], fused: npt.NDArray[np.float32] | None
) -> Floats | None:
    if card.ood is None or fused is None:
        return None
    rows = zip(present, fused, strict=True)
    told = [foreignness(card, dict(zip(task.modalities, here, strict=True)), features) for here, features in rows]
    return np.array([np.nan if value is None else value for value in told])


def _number(text: str | None) -> float:
    try:
        return float(text or "nan")
    except ValueError:
        return float("nan")
