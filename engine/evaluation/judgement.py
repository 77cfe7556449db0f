"""From scored cases to everything that a report says: numbers only, nothing drawn and nothing written."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from engine.evaluation.bands import Band, bands
from engine.evaluation.baselines import FOREST, LOGISTIC, Baseline, baseline, descriptor_features, size_features
from engine.evaluation.binary import BinaryFigures, binary_figures
from engine.evaluation.bootstrapped import question_bootstrap, stage_bootstrap
from engine.evaluation.contributions import Contribution, contributions
from engine.evaluation.curves import ThresholdCurve, threshold_curve
from engine.evaluation.decision import DecisionCurve, decision_curve
from engine.evaluation.figures import Figure
from engine.evaluation.integrated import Integration, integration
from engine.evaluation.json_table import plain
from engine.evaluation.operating_points import OperatingPoint, operating_points
from engine.evaluation.promised_sets import Foreign, PromisedSets, foreign, promised_sets
from engine.evaluation.reader import Reader, category_ranks, reader_beside, reader_calls
from engine.evaluation.reliable import Reliability, reliability
from engine.evaluation.resampling import RESAMPLES
from engine.evaluation.scored import ScoredCases
from engine.evaluation.selective_curve import RiskCoverage, risk_coverage
from engine.evaluation.stages import stage_figures
from engine.evaluation.subgroups import Subgroup, subgroup_rows
from engine.evaluation.versus import Versus


@dataclass(frozen=True, kw_only=True)
class Judgement:
    """All numbers of a report; `as_table` is the content of ``metrics.json``.

    Attributes
    ----------
    question : name of the positive answer. patients : distinct groups.
    figures : of the question at the operating point, with DeLong's and Wilson's intervals, each case on its own.
    bootstrap : all scalar figures with intervals by drawing whole patients; stage_bootstrap : of the classes.
    stages : figures of a task with more than two classes. curves : of the question first, then of each class against
        all others where there are more than two.
    confusion : (C, C) cases, rows are the truth. calls : (N,) class index called, by the operating point in binary
        tasks, else the most probable class.
    bands : 95 % bands of the curves. against : other models on the same cases. baselines : size of the picture,
        descriptors.
    """

    model: str
    data: str
    origin: str
    task: str
    simulated: bool
    question: str
    classes: tuple[str, ...]
    n: int
    patients: int
    class_counts: dict[str, int]
    positives: int
    threshold: float
    threshold_origin: str
    temperature: float
    resamples: int
    figures: BinaryFigures
    bootstrap: Mapping[str, Figure]
    points: tuple[OperatingPoint, ...]
    curves: tuple[ThresholdCurve, ...]
    confusion: np.ndarray[Any, np.dtype[np.int64]]
    reliability: Reliability
    decision: DecisionCurve
    risk: RiskCoverage
    subgroups: tuple[Subgroup, ...]
    baselines: tuple[Baseline, ...]
    bands: Mapping[str, Band]
    reader: Reader | None = None
    integration: Integration | None = None
    sets: PromisedSets | None = None
    foreign: Foreign | None = None
    contributions: tuple[Contribution, ...] = ()
    stages: Mapping[str, Figure] = field(default_factory=dict)
    stage_bootstrap: Mapping[str, Figure] = field(default_factory=dict)
    against: tuple[Versus, ...] = ()
    calls: np.ndarray[Any, np.dtype[np.int64]] = field(default_factory=lambda: np.zeros(0, np.int64))

    def as_table(self) -> dict[str, Any]:
        """Plain tables, lists and numbers."""
        return {name: plain(value) for name, value in vars(self).items() if name != "calls"}


def judge(
    scored: ScoredCases,
    *,
    against: tuple[Versus, ...] = (),
    yardsticks: bool = True,
    resamples: int = RESAMPLES,
    seed: int = 0,
) -> Judgement:
    """All numbers; `against` is passed on.

    Parameters
    ----------
    yardsticks : also fit the baselines, which takes longer than all metrics and intervals.

    Raises
    ------
    ValueError
        One of the two answers to the question has no case.
    """
    question = scored.question
    if len(np.unique(question.positive)) < 2:
        raise ValueError(f"all cases have the same answer to '{question.name}'")
    classes = scored.task.classes
    both = np.stack([1.0 - question.probability, question.probability], axis=1)
    calls = _calls(scored)
    recorded = category_ranks(scored.fact("birads")) >= 0
    reader = reader_calls(scored.fact("birads")) if recorded.all() else None
    several = len(classes) > 2
    return Judgement(
        model=scored.model,
        data=scored.data,
        origin=scored.origin,
        task=scored.task.name,
        simulated=scored.simulated,
        question=question.name,
        classes=classes,
        n=len(scored),
        patients=len(np.unique(scored.groups)),
        class_counts={name: int((scored.targets == i).sum()) for i, name in enumerate(classes)},
        positives=int(question.positive.sum()),
        threshold=scored.threshold,
        threshold_origin=scored.threshold_origin,
        temperature=scored.temperature,
        resamples=resamples,
        figures=binary_figures(
            both,
            question.positive.astype(np.int64),
            classes=("no", question.name),
            positive_class=question.name,
            threshold=scored.threshold,
        ),
        bootstrap=question_bootstrap(
            scored.probabilities,
            scored.targets,
            question.probability,
            question.positive,
            threshold=scored.threshold,
            groups=scored.groups,
            resamples=resamples,
            seed=seed,
        ),
        points=operating_points(question, scored.threshold, scored.threshold_origin),
        curves=_curves(scored),
        confusion=np.bincount(scored.targets * len(classes) + calls, minlength=len(classes) ** 2).reshape(
            len(classes), len(classes)
        ),
        reliability=reliability(question.probability, question.positive),
        decision=decision_curve(question.probability, question.positive, reader=reader),
        risk=risk_coverage(scored),
        subgroups=subgroup_rows(scored),
        baselines=_baselines(scored, seed) if yardsticks else (),
        bands=bands(scored, seed=seed),
        reader=reader_beside(scored.fact("birads"), question.probability, question.positive),
        integration=integration(scored),
        sets=promised_sets(scored),
        foreign=foreign(scored),
        contributions=contributions(scored),
        stages=stage_figures(scored.probabilities, scored.targets, classes) if several else {},
        stage_bootstrap=stage_bootstrap(
            scored.probabilities, scored.targets, groups=scored.groups, resamples=resamples, seed=seed
        )
        if several
        else {},
        against=against,
        calls=calls,
    )


def _calls(scored: ScoredCases) -> np.ndarray[Any, np.dtype[np.int64]]:
    if not scored.task.is_binary:
        most = scored.probabilities.argmax(axis=1)
        return np.asarray(most, dtype=np.int64)
    positive = scored.task.classes.index(scored.task.positive_class)
    called = scored.question.probability >= scored.threshold
    return np.where(called, np.int64(positive), np.int64(1 - positive))


def _curves(scored: ScoredCases) -> tuple[ThresholdCurve, ...]:
    question = scored.question
    found = [threshold_curve(question.name, question.probability, question.positive)]
    if len(scored.task.classes) > 2:
        for index, name in enumerate(scored.task.classes):
            truth = scored.targets == index
            if truth.any() and not truth.all():
                found.append(threshold_curve(f"{name} against the others", scored.probabilities[:, index], truth))
    return tuple(found)


def _baselines(scored: ScoredCases, seed: int) -> tuple[Baseline, ...]:
    question = scored.question
    features = {
        "size of the picture": (size_features(scored.image_sizes), FOREST),
        "descriptors": (descriptor_features(scored.descriptors), LOGISTIC),
    }
    return tuple(
        baseline(
            name,
            values,
            question.probability,
            question.positive,
            groups=scored.groups,
            folds=scored.folds,
            method=method,
            seed=seed,
        )
        for name, (values, method) in features.items()
    )
