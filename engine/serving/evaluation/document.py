"""What a report says, in order, independent of how it is set: sections of sentences, tables and pictures."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import PurePath

from engine.evaluation.judgement import Judgement
from engine.evaluation.pointing import PointingFigures
from engine.evaluation.robustness import RobustnessCurve
from engine.serving.evaluate import Evaluation
from engine.serving.evaluation.figures.style import Picture, p_said, said
from engine.serving.evaluation.gallery import Mistake
from engine.serving.evaluation.randomisation import Randomisation
from engine.serving.evaluation.tables import (
    against_table,
    baseline_table,
    figure_table,
    localisation_table,
    point_table,
    robustness_table,
    stage_table,
    subgroup_table,
    subset_table,
)

USE = "Research use, not a medical device."


@dataclass(frozen=True, kw_only=True)
class Table:
    """Heads and cells as text; the first column is left-aligned, the others follow it."""

    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, kw_only=True)
class Section:
    """One part of the report. Sentences come first, then tables, pictures and the gallery."""

    title: str
    sentences: tuple[str, ...] = ()
    tables: tuple[Table, ...] = ()
    pictures: tuple[Picture, ...] = ()
    mistakes: tuple[Mistake, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Document:
    """The whole: title, what was measured in pairs of name and value, and the sections."""

    title: str
    subtitle: str
    simulated: bool
    facts: tuple[tuple[str, str], ...]
    sections: tuple[Section, ...]


@dataclass(frozen=True, kw_only=True)
class Material:
    """Everything a report is made from."""

    judgement: Judgement
    pictures: Mapping[str, Picture]
    evaluation: Evaluation | None = None
    pointing: tuple[PointingFigures, ...] = ()
    check: Randomisation | None = None
    mistakes: tuple[Mistake, ...] = ()
    robustness: tuple[RobustnessCurve, ...] = ()


def document(material: Material) -> Document:
    """Put the report together."""
    judgement = material.judgement
    kind = "simulated cases" if judgement.simulated else "cases"
    return Document(
        title=f"Evaluation of {judgement.model}",
        subtitle=f"{judgement.n} {kind} of {judgement.patients} patients, question: {judgement.question}",
        simulated=judgement.simulated,
        facts=_facts(material),
        sections=tuple(_sections(material)),
    )


def data_name(data: str) -> str:
    """Without the folders above, which may bear a person's name."""
    return " + ".join(PurePath(part.strip()).name or part for part in data.split(" + "))


def _facts(material: Material) -> tuple[tuple[str, str], ...]:
    judgement = material.judgement
    counts = ", ".join(f"{n} {name}" for name, n in judgement.class_counts.items())
    facts = [
        ("Model", judgement.model),
        ("Answers", judgement.origin),
        ("Data", data_name(judgement.data) + (" (simulated)" if judgement.simulated else "")),
        ("Classes", counts),
        ("Operating point", f"{judgement.threshold:.4f}, {judgement.threshold_origin}"),
        ("Temperature", f"{judgement.temperature:.4f}"),
    ]
    if material.evaluation is not None:
        card = material.evaluation.model.card
        facts.append(("System", f"{card.architecture}, {card.preset}, {card.input_size} pixels"))
        facts.append(("Weights, SHA-256", card.sha256))
        facts.append(("Trained on", card.trained_on or "not stated"))
    return tuple(facts)


def _sections(material: Material) -> Iterator[Section]:
    judgement = material.judgement
    yield Section(
        title="Figures",
        sentences=(*_warnings(material), *_summary(judgement)),
        tables=_tables(figure_table(judgement), point_table(judgement), stage_table(judgement)),
    )
    yield Section(title="Curves", pictures=_pictures(material, "roc", "precision_recall", "class_curves", "confusion"))
    yield Section(
        title="What the probabilities are worth",
        sentences=(
            "Calibration errors are in bins of 15 equal widths; equal-mass bins give "
            f"{judgement.reliability.equal_mass_error:.3f}, the worst bin is off by "
            f"{judgement.reliability.greatest_error:.3f}.",
            *_promises(judgement),
        ),
        pictures=_pictures(material, "reliability", "decision", "risk_coverage"),
    )
    yield Section(
        title="Beside the model",
        sentences=_beside(judgement),
        tables=_tables(baseline_table(judgement), against_table(judgement)),
        pictures=_pictures(material, "yardsticks"),
    )
    if len(judgement.subgroups) > 1:
        parts = _tables(subgroup_table(judgement))
        yield Section(title="Parts of the cases", tables=parts, pictures=_pictures(material, "subgroups"))
    yield _modalities(material)
    if material.pointing or material.check is not None:
        yield _heatmaps(material)
    if material.robustness:
        yield _worse_inputs(material)
    if material.mistakes:
        yield Section(title="Worst mistakes", sentences=(_gallery(material),), mistakes=material.mistakes)
    yield Section(title="How this was made", sentences=_made(material))


def _warnings(material: Material) -> tuple[str, ...]:
    """What makes the figures better than they are."""
    sentences = []
    if material.evaluation is not None:
        card = material.evaluation.model.card
        known = f"{card.trained_on} {dict(card.recipe)}"
        names = data_name(material.judgement.data).split(" + ")
        seen = [name for name in names if re.search(rf"(?<![\w:]){re.escape(name)}(?![\w:])", known)]
        if seen:
            sentences.append(
                f"The model's card names {', '.join(seen)} among the data it was made with: unless these very cases "
                "were kept apart, the figures are too good."
            )
    if material.judgement.figures.auc.value == 1.0:
        sentences.append("An AUC of exactly 1 leaves DeLong's interval without width; it is no certainty.")
    return tuple(sentences)


def _summary(judgement: Judgement) -> tuple[str, ...]:
    figures = judgement.figures
    return (
        f"AUC {said(figures.auc)}. From a probability of {judgement.threshold:.3f} on {judgement.question} is called: "
        f"sensitivity {said(figures.sensitivity)}, specificity {said(figures.specificity)}.",
        "Brackets are 95 % intervals.",
    )


def _promises(judgement: Judgement) -> tuple[str, ...]:
    sentences = []
    if judgement.sets is not None:
        sets = judgement.sets
        each = ", ".join(f"{name} {said(figure)}" for name, figure in sets.by_class.items())
        sentences.append(
            f"Prediction sets promise to hold the truth in {sets.promised:.0%} of cases; here they do in "
            f"{said(sets.coverage)} (n = {sets.n}): {each}. They name {sets.size.value:.2f} classes on average, a "
            f"single one in {said(sets.single)}."
        )
    if judgement.foreign is not None:
        strange = judgement.foreign
        sentences.append(
            f"Unlike the training images: {said(strange.share)} of {strange.n} cases; the most probable class is right "
            f"in {said(strange.accuracy_foreign)} of them and in {said(strange.accuracy_known)} of the others."
        )
    return tuple(sentences)


def _beside(judgement: Judgement) -> tuple[str, ...]:
    sentences = []
    if judgement.reader is not None:
        reader = judgement.reader
        test = reader.difference
        sentences.append(
            f"The reader's own BI-RADS category, recorded in {reader.n} of {reader.of} cases, has an AUC of "
            f"{said(reader.auc)}, the model there {said(reader.model_auc)}: difference {said(test.difference)}, "
            f"{p_said(test.p_value)} (DeLong). From category {reader.cut} on the reader's sensitivity is "
            f"{said(reader.at_cut.sensitivity)} and specificity {said(reader.at_cut.specificity)}; at no lower "
            f"sensitivity the model's specificity is {said(reader.model_at_same_sensitivity)}, with a threshold chosen "
            "on these very cases."
        )
    else:
        sentences.append("No reader's category is recorded for these cases.")
    for item in judgement.baselines:
        sentences.append(
            f"{item.name[0].upper()}{item.name[1:]}: {item.missing}."
            if item.missing
            else f"{item.name[0].upper()}"
            f"{item.name[1:]} alone: {item.how}, so it has seen cases of this very data set, which the model may not."
        )
    if not judgement.against:
        sentences.append("No other model was compared.")
    return tuple(sentences)


def _modalities(material: Material) -> Section:
    judgement, sentences = material.judgement, []
    if judgement.integration is not None:
        sentences.append(f"Integration score: from {judgement.integration.source}. {judgement.integration.warning}")
        gain = judgement.integration.complementarity
        if gain is not None:
            sentences.append(
                f"Against the best single modality ({gain.best_modality}, n = {gain.n}) fusing sets right "
                f"{gain.gained:.1%} of the cases and spoils {gain.lost:.1%} ({p_said(gain.p_value)}, McNemar)."
            )
    return Section(
        title="Modalities",
        sentences=tuple(sentences),
        tables=_tables(subset_table(material.evaluation)),
        pictures=_pictures(material, "contributions", "integration", "radar", "projection"),
    )


def _heatmaps(material: Material) -> Section:
    sentences = []
    if material.pointing:
        sentences.append(
            "Maps of the first image against the lesions' masks, only inside the picture: a hit is when the greatest "
            "evidence lies in the lesion. A map shows evidence for "
            f"{material.judgement.question}, so elsewhere it need not point at the lesion."
        )
    else:
        sentences.append("No lesion masks are known for these cases, so where the maps point was not judged.")
    if material.check is not None:
        sentences.append(f"{material.check.sentence} n = {material.check.n} cases.")
    return Section(
        title="Heatmaps judged",
        sentences=tuple(sentences),
        tables=_tables(localisation_table(material.pointing)),
        pictures=_pictures(material, "localisation", "randomisation"),
    )


def _worse_inputs(material: Material) -> Section:
    curves = material.robustness
    sentences = [
        "The same cases with inputs made worse on purpose, always in the same way. Severity 0 is the cases as they "
        f"are; severity 1 is, for {'; '.join(f'{curve.title.lower()}: {curve.meaning}' for curve in curves)}.",
        "Relative robustness is the area under AUC over severity, 1 at best.",
    ]
    if any(curve.effective is not None for curve in curves):
        sentences.append(
            "Effective robustness sums, over the severities, how far the AUC lies above that of late fusion moved to "
            "the same start. Late fusion stands for the mean of this model's own answers to each modality alone; it is "
            "no separately trained system."
        )
    return Section(
        title="Worse inputs",
        sentences=tuple(sentences),
        tables=_tables(robustness_table(curves)),
        pictures=_pictures(material, "robustness"),
    )


def _gallery(material: Material) -> str:
    text = "Missed cases with the lowest and false alarms with the highest probability. "
    if len(material.judgement.classes) > 2:
        text = "Wrong stages, the farthest off first. "
    if material.evaluation is not None:
        towards = material.judgement.question if len(material.judgement.classes) == 2 else "the stage called"
        text += (
            f"Each image plain and with its map of the evidence for {towards}, as the model saw it; where the map is "
            "too weak to draw, both are alike. Numbers are Shapley values in log-odds. "
        )
    return text + "A white line is the lesion as drawn by the data set's readers, where it is known."


def _made(material: Material) -> tuple[str, ...]:
    judgement = material.judgement
    sentences = [
        "AUC: DeLong's interval and paired test. Sensitivity, specificity and predictive values: Wilson's interval, "
        f"each case on its own. All others: percentiles of {judgement.resamples} bootstrap resamples of whole patients "
        "(seed 0); the calibration error grows by resampling itself, so its mean growth is taken off.",
        "All points of all curves and the figures are in metrics.json, every case in cases.csv.",
        f"{USE} These figures hold for these cases; they promise nothing for others.",
    ]
    if material.evaluation is not None and material.evaluation.left_out:
        left_out = material.evaluation.left_out
        sentences.insert(0, f"Not used: {len(left_out)}, the first: {left_out[0]}")
    return tuple(sentences)


def _tables(*found: tuple[tuple[str, ...], list[tuple[str, ...]]] | None) -> tuple[Table, ...]:
    return tuple(Table(heads=item[0], rows=tuple(item[1])) for item in found if item is not None and item[1])


def _pictures(material: Material, *names: str) -> tuple[Picture, ...]:
    return tuple(material.pictures[name] for name in names if name in material.pictures)
