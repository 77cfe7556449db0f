"""From a raw answer to the `Prediction` that people see: probabilities, decision, maps, contributions and notes."""

from __future__ import annotations

import math

import numpy as np

from engine.data.preprocess import PreparedCase
from engine.domain.errors import CaseError, ErrorKind
from engine.domain.prediction import SIMULATED_NOTE, Heatmap, Prediction
from engine.domain.task import DESCRIPTORS, Task
from engine.explain.shapley import share
from engine.models.card import ModelCard
from engine.serving.calibration import decision, positive_log_odds, probabilities
from engine.serving.card_answers import card_answer
from engine.serving.passes import RawAnswer


def used_modalities(card: ModelCard, task: Task, case: PreparedCase) -> dict[str, bool]:
    """Modality -> is it there and does the model use it, in task order."""
    held = {m: m in case.images for m in task.images}
    if task.fields:
        held[DESCRIPTORS] = case.has_descriptors
    return {m: here and m in card.modalities_used for m, here in held.items()}


def unusable(card: ModelCard, task: Task, case: PreparedCase) -> CaseError | None:
    """Why this model cannot say anything of the case; None when it can."""
    if any(used_modalities(card, task, case).values()):
        return None
    wanted = " or ".join(task.modality_label(m) for m in task.modalities if m in card.modalities_used)
    return CaseError(
        ErrorKind.UNSUPPORTED, f"The model {card.name} needs {wanted}, and this case has nothing of that. Not scored."
    )


def prediction_of(
    card: ModelCard, task: Task, case: PreparedCase, raw: RawAnswer, row: int, device: str, seconds: float = 0.0
) -> Prediction:
    """The prediction in row `row` of a raw answer.

    Raises
    ------
    CaseError
        MODEL: the logits are not finite numbers.
    """
    logits = raw.logits[row]
    if not np.isfinite(logits).all():
        raise CaseError(
            ErrorKind.MODEL,
            f"The model {card.name} gave no number for this case. Use another model or install it anew.",
        )
    chances = probabilities(task, logits, card.temperature)
    present = used_modalities(card, task, case)
    predicted = decision(task, chances, card.threshold)
    of_card = card_answer(card, task, chances, present, None if raw.fused is None else raw.fused[row])
    return Prediction(
        case_id=case.case_id,
        task=task.name,
        model=card.name,
        model_sha256=card.sha256,
        classes=task.classes,
        probabilities=chances,
        predicted_class=predicted,
        threshold=card.threshold,
        present=present,
        logits=tuple(float(v) for v in logits),
        heatmaps=_heatmaps(card, task, case, raw, row),
        contributions=_contributions(card, task, raw, row, present),
        shapley=_shapley(card, task, raw, row, present),
        fusion_weights=_weights(task, raw, row, present),
        prediction_set=of_card.prediction_set,
        set_coverage=of_card.set_coverage,
        foreignness=of_card.foreignness,
        trained_on=card.trained_on,
        not_for=card.not_for,
        notes=(*_notes(card, task, case, present), *of_card.notes),
        device=device,
        seconds=seconds,
    )


def _heatmaps(card: ModelCard, task: Task, case: PreparedCase, raw: RawAnswer, row: int) -> dict[str, Heatmap]:
    """Maps in calibrated log-odds: towards the positive class, of staging tasks towards the most probable stage."""
    positive_is_second = task.classes.index(task.positive_class) == 1
    sign = 1.0 if positive_is_second or not task.is_binary else -1.0
    towards = task.positive_class if task.is_binary else task.classes[int(raw.logits[row].argmax())]
    maps = {}
    for modality, values in raw.maps.items():
        if modality not in case.images or modality not in card.modalities_used:
            continue
        place = case.images[modality]
        maps[modality] = Heatmap(
            values=np.ascontiguousarray(values[row] * np.float32(sign / card.temperature), dtype=np.float32),
            x0=place.x0,
            y0=place.y0,
            x1=place.x1,
            y1=place.y1,
            full_scale=card.heatmap_full_scale,
            weak_below=card.heatmap_weak_below,
            towards=towards,
        )
    return maps


def _contributions(
    card: ModelCard, task: Task, raw: RawAnswer, row: int, present: dict[str, bool]
) -> dict[str, float] | None:
    """Log-odds with everything minus log-odds without this modality: above zero, it speaks for the positive class."""
    if not raw.without:
        return None
    whole = positive_log_odds(task, raw.logits[row], card.temperature)
    changes = {
        m: whole - positive_log_odds(task, logits[row], card.temperature)
        for m, logits in raw.without.items()
        if present[m]
    }
    return {m: change for m, change in changes.items() if math.isfinite(change)}


def _shapley(
    card: ModelCard, task: Task, raw: RawAnswer, row: int, present: dict[str, bool]
) -> dict[str, float] | None:
    """What each modality adds to the log-odds on average over all orders in which they could be shown.

    Over the modalities that this case has: with the others every subset answers twice the same, up to rounding.
    """
    if not raw.by_subset:
        return None
    held = tuple(m for m in list(raw.by_subset)[-1] if present[m])
    worth = {s: positive_log_odds(task, logits[row], card.temperature) for s, logits in raw.by_subset.items()}
    values = {m: share(held, m, worth.__getitem__) for m in held}
    return {m: value for m, value in values.items() if math.isfinite(value)}


def _weights(task: Task, raw: RawAnswer, row: int, present: dict[str, bool]) -> dict[str, float]:
    """The system's own weights of the modalities that were used."""
    if raw.weights is None:
        return {}
    weights = dict(zip(task.modalities, (float(w) for w in raw.weights[row]), strict=True))
    return {m: w for m, w in weights.items() if present[m] and math.isfinite(w)}


def _notes(card: ModelCard, task: Task, case: PreparedCase, present: dict[str, bool]) -> tuple[str, ...]:
    notes = []
    for modality, used in present.items():
        label = task.modality_label(modality)
        if modality not in card.modalities_used:
            if modality in case.images or (modality == DESCRIPTORS and case.has_descriptors):
                notes.append(f"{label} not used by this model.")
        elif not used:
            notes.append(f"{label} missing: scored without.")
    if card.simulated_only:
        notes.append(SIMULATED_NOTE)
    return tuple(notes)
