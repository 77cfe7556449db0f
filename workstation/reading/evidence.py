"""What the AI panel says of a case: figures with units and doubt, in plain words. No Qt."""

from __future__ import annotations

from dataclasses import dataclass

from engine.domain.errors import ErrorKind
from engine.domain.prediction import SIMULATED_NOTE, Doubt, Prediction
from engine.domain.task import DESCRIPTORS, Task
from workstation.reading.case_state import CaseState
from workstation.reading.evidence_words import (
    caution_words,
    contribution_words,
    doubt_words,
    percent,
    positive_words,
    set_words,
)
from workstation.reading.form_rules import summary
from workstation.reading.roi_steadiness import steadiness_words
from workstation.words import later, tr


@dataclass(frozen=True, kw_only=True)
class Part:
    """One modality in the answer.

    Attributes
    ----------
    used : "used", "missing" or e.g. "7 of 10 filled in".
    contribution : its Shapley value in log-odds, None while it is computed or where it is missing.
    weight : words on the weight that the model itself gives it, empty where it gives none.
    """

    label: str
    used: str
    present: bool
    contribution: float | None = None
    weight: str = ""


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """Everything the panel shows; empty strings are not shown.

    Attributes
    ----------
    state : "empty", "sealed", "waiting", "problem" or "result".
    can_try_again : the same request may succeed when it is made again.
    probability, threshold : of the positive class, of stages of reaching it, in [0, 1].
    takes_descriptors : the model uses descriptors, so that other ones may change the answer.
    span : the middle nine tenths of the passes with dropout; span_words : the same in words, or why there is none;
        span_help : what that means.
    set_words : classes that are not ruled out at the promised coverage; set_help : what that promise is.
    legend : what the contributions are; legend_help : more of it.
    cautions : what must be known of this model, in one line; cautions_help : also what it was trained on.
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
    span_help: str = ""
    set_words: str = ""
    set_help: str = ""
    can_try_again: bool = False
    classes: tuple[tuple[str, float], ...] = ()
    parts: tuple[Part, ...] = ()
    legend: str = ""
    legend_help: str = ""
    cautions: str = ""
    cautions_help: str = ""
    model: str = ""
    notes: tuple[str, ...] = ()
    simulated: bool = False
    outdated: bool = False
    takes_descriptors: bool = False


SEALED = later("The AI is shown after your own category is saved.")


def evidence_of(task: Task, state: CaseState | None, *, model_ready: bool = True) -> Evidence:
    """The panel's content for a case; the first answer of a model takes longer, so that is said."""
    if state is None:
        return Evidence(state="empty", sentence=tr("Open a folder to see what the model says of a case."))
    if not state.may_show_ai and not state.to_reveal:
        return Evidence(state="sealed", sentence=tr(SEALED), simulated=state.case.simulated)
    if state.problem is not None:
        return Evidence(
            state="problem",
            sentence=state.problem.sentence,
            simulated=state.case.simulated,
            can_try_again=state.problem.kind in (ErrorKind.STOPPED, ErrorKind.STORAGE, ErrorKind.UNREADABLE),
        )
    if state.prediction is None:
        words = tr("Scoring this case …") if model_ready else tr("Loading the model; this takes a few seconds …")
        return Evidence(state="waiting", sentence=words, simulated=state.case.simulated)
    return _result(task, state, state.prediction)


def _result(task: Task, state: CaseState, prediction: Prediction) -> Evidence:
    probability = task.chance_of_positive(prediction.probabilities)
    span_words, span_help = doubt_words(prediction.doubt)
    held, held_help = set_words(prediction)
    legend, legend_help = contribution_words(task, prediction)
    cautions, cautions_help = caution_words(prediction)
    return Evidence(
        state="result",
        figure=percent(probability),
        of_what=tr("probability of {positive}", positive=positive_words(task)),
        verdict=_verdict(task, prediction, probability),
        probability=probability,
        threshold=prediction.threshold,
        span=_span(prediction.doubt),
        span_words=span_words,
        span_help=span_help,
        set_words=held,
        set_help=held_help,
        classes=() if task.is_binary else tuple(zip(prediction.classes, prediction.probabilities, strict=True)),
        parts=_parts(task, state, prediction),
        legend=legend,
        legend_help=legend_help,
        cautions=cautions,
        cautions_help=cautions_help,
        model=tr("Model {model}, on {device}", model=prediction.model, device=_device(prediction)),
        notes=(*_notes(state, prediction), *_region_notes(state)),
        simulated=state.case.simulated,
        outdated=not state.is_scored,
        takes_descriptors=bool(task.fields) and not _ignores_descriptors(task, prediction),
    )


def _verdict(task: Task, prediction: Prediction, probability: float) -> str:
    if prediction.threshold is None:
        return tr("most likely {name}", name=prediction.predicted_class)
    name, limit = prediction.predicted_class, percent(prediction.threshold)
    if probability >= prediction.threshold:
        return tr("{name}: at or above the threshold of {limit}", name=name, limit=limit)
    return tr("{name}: below the threshold of {limit}", name=name, limit=limit)


def _parts(task: Task, state: CaseState, prediction: Prediction) -> tuple[Part, ...]:
    known, weights = prediction.shapley or {}, prediction.fusion_weights
    parts = []
    for modality in task.modalities:
        present = _used(prediction, modality)
        used = tr("used") if present else tr("missing")
        if modality == DESCRIPTORS:
            given = tr("{summary} given", summary=summary(task, state.draft.descriptors))
            used = given if present else tr("none given")
        elif not present and modality in state.case.images:
            used = tr("not used")
        parts.append(
            Part(
                label=task.modality_label(modality),
                used=used,
                present=present,
                contribution=known.get(modality) if present else None,
                weight=tr("weight {weight:.2f}", weight=weights[modality]) if modality in weights else "",
            )
        )
    return tuple(parts)


def _ignores_descriptors(task: Task, prediction: Prediction) -> bool:
    return f"{task.modality_label(DESCRIPTORS)} not used by this model." in prediction.notes


def _device(prediction: Prediction) -> str:
    return tr("GPU") if prediction.device.startswith("cuda") else tr("CPU")


def _span(doubt: Doubt | None) -> tuple[float, float] | None:
    return None if doubt is None or doubt.low is None or doubt.high is None else (doubt.low, doubt.high)


def _used(prediction: Prediction, modality: str) -> bool:
    return bool(prediction.present.get(modality, False))


def _notes(state: CaseState, prediction: Prediction) -> list[str]:
    """Of simulated images the mark beside the title and the card's own line say enough."""
    said = state.case.simulated and prediction.not_for
    return [note for note in prediction.notes if not (said and note == SIMULATED_NOTE)]


def _region_notes(state: CaseState) -> tuple[str, ...]:
    """What is said where the analysis is limited to the reader's regions."""
    if not state.draft.limited_to_rois:
        return ()
    steady = steadiness_words(state.steadiness) if state.steadiness is not None else ""
    return (tr("The region of interest and a quarter around it, as a square."), *([steady] if steady else []))
