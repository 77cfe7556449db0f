"""What the AI panel says of a case: figures with units and doubt, in plain words. No Qt."""

from __future__ import annotations

import math
from dataclasses import dataclass

from engine.domain.errors import ErrorKind
from engine.domain.prediction import Prediction
from engine.domain.task import DESCRIPTORS, Task
from workstation.reading.form_rules import summary
from workstation.reading.roi_steadiness import steadiness_words
from workstation.reading.session import CaseState


@dataclass(frozen=True, kw_only=True)
class Part:
    """One modality in the answer.

    Attributes
    ----------
    used : "used", "missing" or e.g. "7 of 10 filled in".
    contribution : log-odds by which it moves the answer, None while it is computed or where it is missing.
    """

    label: str
    used: str
    present: bool
    contribution: float | None = None


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """Everything the panel shows; empty strings are not shown.

    Attributes
    ----------
    state : "empty", "sealed", "waiting", "problem" or "result".
    can_try_again : the same request may succeed when it is made again.
    probability, threshold : of the positive class, in [0, 1].
    takes_descriptors : the model uses descriptors, so that other ones may change the answer.
    span : lowest and highest probability when one modality is left out.
    """

    state: str
    sentence: str = ""
    figure: str = ""
    of_what: str = ""
    verdict: str = ""
    probability: float | None = None
    threshold: float | None = None
    span: tuple[float, float] | None = None
    span_words: str = ""
    can_try_again: bool = False
    classes: tuple[tuple[str, float], ...] = ()
    parts: tuple[Part, ...] = ()
    contributions_known: bool = False
    model: str = ""
    notes: tuple[str, ...] = ()
    simulated: bool = False
    outdated: bool = False
    takes_descriptors: bool = False


SEALED = "The AI is shown after your own category is saved."


def evidence_of(task: Task, state: CaseState | None, *, model_ready: bool = True) -> Evidence:
    """The panel's content for a case; the first answer of a model takes longer, so that is said."""
    if state is None:
        return Evidence(state="empty", sentence="Open a folder to see what the model says of a case.")
    if not state.may_show_ai and not state.to_reveal:
        return Evidence(state="sealed", sentence=SEALED, simulated=state.case.simulated)
    if state.problem is not None:
        return Evidence(
            state="problem",
            sentence=state.problem.sentence,
            simulated=state.case.simulated,
            can_try_again=state.problem.kind in (ErrorKind.STOPPED, ErrorKind.STORAGE, ErrorKind.UNREADABLE),
        )
    if state.prediction is None:
        words = "Scoring this case …" if model_ready else "Loading the model; this takes a few seconds …"
        return Evidence(state="waiting", sentence=words, simulated=state.case.simulated)
    return _result(task, state, state.prediction)


def _result(task: Task, state: CaseState, prediction: Prediction) -> Evidence:
    probability = prediction.probability(task.positive_class)
    span = left_out_span(task, prediction)
    return Evidence(
        state="result",
        figure=percent(probability),
        of_what=f"probability of {_positive(task)}",
        verdict=_verdict(task, prediction, probability),
        probability=probability,
        threshold=prediction.threshold,
        span=span,
        span_words=f"{percent(span[0])} to {percent(span[1])} with any one input left out" if span else "",
        classes=() if task.is_binary else tuple(zip(prediction.classes, prediction.probabilities, strict=True)),
        parts=_parts(task, state, prediction),
        contributions_known=prediction.contributions is not None,
        model=f"Model {prediction.model}, on {'GPU' if prediction.device.startswith('cuda') else 'CPU'}",
        notes=(*prediction.notes, *_region_notes(state)),
        simulated=state.case.simulated,
        outdated=not state.is_scored,
        takes_descriptors=bool(task.fields) and not _ignores_descriptors(task, prediction),
    )


def percent(probability: float) -> str:
    """Whole percent; the ends are never claimed."""
    if probability < 0.01:
        return "< 1 %"
    if probability > 0.99:
        return "> 99 %"
    return f"{probability * 100:.0f} %"


def signed(value: float) -> str:
    """Log-odds with a proper sign and one decimal."""
    text = f"{abs(value):.1f}"
    return text if float(text) == 0 else f"{'+' if value > 0 else '−'}{text}"


def left_out_span(task: Task, prediction: Prediction) -> tuple[float, float] | None:
    """Range of the positive class's probability when each modality in turn is left out; binary tasks only."""
    if not prediction.contributions or not task.is_binary:
        return None
    p = min(max(prediction.probability(task.positive_class), 1e-9), 1 - 1e-9)
    log_odds = math.log(p / (1 - p))
    without = [1 / (1 + math.exp(-(log_odds - c))) for m, c in prediction.contributions.items() if _used(prediction, m)]
    return (min([p, *without]), max([p, *without])) if without else None


def _verdict(task: Task, prediction: Prediction, probability: float) -> str:
    if prediction.threshold is None:
        return f"most likely {prediction.predicted_class}"
    side = "at or above" if probability >= prediction.threshold else "below"
    return f"{prediction.predicted_class}: {side} the threshold of {percent(prediction.threshold)}"


def _positive(task: Task) -> str:
    if task.is_binary:
        return f"“{task.positive_class}”"
    return f"{task.positive_class}"


def _parts(task: Task, state: CaseState, prediction: Prediction) -> tuple[Part, ...]:
    known = prediction.contributions or {}
    parts = []
    for modality in task.modalities:
        present = _used(prediction, modality)
        used = "used" if present else "missing"
        if modality == DESCRIPTORS:
            used = f"{summary(task, state.draft.descriptors)} given" if present else "none given"
        elif not present and modality in state.case.images:
            used = "not used"
        parts.append(
            Part(
                label=task.modality_label(modality),
                used=used,
                present=present,
                contribution=known.get(modality) if present else None,
            )
        )
    return tuple(parts)


def _ignores_descriptors(task: Task, prediction: Prediction) -> bool:
    return f"{task.modality_label(DESCRIPTORS)} not used by this model." in prediction.notes


def _used(prediction: Prediction, modality: str) -> bool:
    return bool(prediction.present.get(modality, False))


def _region_notes(state: CaseState) -> tuple[str, ...]:
    """What is said where the analysis is limited to the reader's regions."""
    if not state.draft.limited_to_rois:
        return ()
    steady = steadiness_words(state.steadiness) if state.steadiness is not None else ""
    return ("The region of interest only.", *([steady] if steady else []))
