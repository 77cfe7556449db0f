"""A model's AUC as its inputs get worse: one pass over the cases for every kind of damage and every severity."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt
import torch

from engine.domain.task import Task
from engine.evaluation.calibration import to_probabilities
from engine.evaluation.robustness import RobustnessCurve, robustness_curve
from engine.evaluation.scored import ScoredCases, Subset, question_of
from engine.explain.subset_answers import answers_by_subset
from engine.models.contract import FusionModel
from engine.models.files import ModelFile, load_model
from engine.serving.evaluation.corruption import SEVERITIES, damages, worsened
from engine.serving.evaluation.scoring import inputs_on
from engine.training.cases import LabelledCases
from engine.training.scoring import in_batches

Floats = npt.NDArray[np.floating]
Answers = tuple[Floats, Floats | None]
"""(N,) probability of yes by the model, and by late fusion of its answers to single modalities."""


def worse_inputs(
    file: ModelFile,
    cases: LabelledCases,
    scored: ScoredCases,
    *,
    device: str = "cpu",
    batch_size: int = 64,
    severities: Sequence[float] = SEVERITIES,
    on_pass: Callable[[int, int, str], None] | None = None,
) -> tuple[RobustnessCurve, ...]:
    """One curve for every kind of damage that these cases and this model know.

    Parameters
    ----------
    scored : the model's answers to the same cases as they are: severity 0 is taken from there.
    severities : rising from 0. on_pass : called with passes done, passes in all, and the name of the damage.
    """
    network = load_model(file).to(device)
    names = tuple(m for m in cases.task.modalities if m in file.card.modalities_used)
    kinds = tuple(damages(cases, names))
    clean = _clean(scored, names)
    passes, curves = len(kinds) * (len(severities) - 1), []
    for place, damage in enumerate(kinds):
        answers = [clean]
        for step, severity in enumerate(severities[1:]):
            if on_pass:
                on_pass(place * (len(severities) - 1) + step, passes, f"worse inputs: {damage.title.lower()}")
            answers.append(_answers(network, file, cases, names, (damage.kind, severity), device, batch_size))
        late = [beside for _, beside in answers if beside is not None]
        curves.append(
            robustness_curve(
                damage.kind,
                damage.title,
                damage.meaning,
                severities,
                [chance for chance, _ in answers],
                scored.question.positive,
                late=late,
            )
        )
    return tuple(curves)


def _clean(scored: ScoredCases, names: Subset) -> Answers:
    single = [scored.subsets[(m,)] for m in names] if len(names) > 1 else []
    here = scored.present[:, [scored.task.modalities.index(m) for m in names]]
    return scored.question.probability, _late(scored.task, single, here, scored.probabilities, scored.targets)


def _answers(
    network: FusionModel,
    file: ModelFile,
    cases: LabelledCases,
    names: Subset,
    damage: tuple[str, float],
    device: str,
    batch_size: int,
) -> Answers:
    """A whole pass."""
    wanted: list[Subset] = [names] if len(names) == 1 else [names, *((m,) for m in names)]
    columns = [cases.task.modalities.index(m) for m in names]
    logits: dict[Subset, list[npt.NDArray[np.float32]]] = {subset: [] for subset in wanted}
    here = []
    for rows in in_batches(len(cases), batch_size):
        part = worsened(cases, rows, *damage)
        inputs, present = inputs_on(part, np.arange(len(rows)), file.card, device)
        with torch.inference_mode():
            for subset, values in answers_by_subset(network, inputs, present, wanted).items():
                logits[subset].append(values.float().cpu().numpy())
        here.append(part.present[:, columns])
    found = {s: to_probabilities(np.concatenate(values), file.card.temperature) for s, values in logits.items()}
    single = [found[s] for s in wanted[1:]]
    chance = question_of(cases.task, found[names], cases.targets).probability
    return chance, _late(cases.task, single, np.concatenate(here), found[names], cases.targets)


def _late(
    task: Task,
    single: Sequence[Floats],
    here: npt.NDArray[np.bool_],
    whole: Floats,
    targets: npt.NDArray[np.int64],
) -> Floats | None:
    """(N,) mean over the modalities that a case has; a case with none keeps the model's own answer."""
    if not single:
        return None
    weights = here.T[:, :, None].astype(np.float64)
    total = weights.sum(axis=0)
    mean = (np.stack(single) * weights).sum(axis=0) / np.maximum(total, 1.0)
    return question_of(task, np.where(total > 0, mean, whole), targets).probability
