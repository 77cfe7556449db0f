"""Scored cases: what a model said of labelled cases, as arrays. Everything that a report says is made from these."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields

import numpy as np
import numpy.typing as npt

from engine.domain.task import Task

Floats = npt.NDArray[np.floating]
Flags = npt.NDArray[np.bool_]
Subset = tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Question:
    """The yes-or-no question of a task: of stages, whether the disease counts.

    Attributes
    ----------
    name : of the answer yes, e.g. "malignant" or "F2 or more".
    probability : (N,) of yes. positive : (N,) bool, the truth.
    """

    name: str
    probability: Floats
    positive: Flags


@dataclass(frozen=True, kw_only=True)
class ScoredCases:
    """N labelled cases with a model's answers; `ValueError` where the arrays do not fit each other.

    Attributes
    ----------
    probabilities : (N, C) calibrated, in the order of `task.classes`. logits : (N, task.n_logits).
    targets : (N,) class index. present : (N, M) bool in `task.modalities` order.
    groups : (N,) patient of each case. folds : (N,) fold that the data set or the training put it in, 0 = none.
    facts : per case what else is known: "birads", "device", "lesion_mm"...
    threshold : operating point on the question's probability; threshold_origin : where it was chosen, in words.
    model, data : names. origin : how the answers were made, in words. simulated : all cases are simulated.
    subsets : subset of modalities -> (N, C) probabilities with only that subset shown, all of them included.
    unimodal : modality -> (N, C) of its own classifier, NaN where missing.
    shapley : (N, M) exact Shapley value of each modality in log-odds of the question, None where not computed.
    fusion_weights : (N, M), where the system has them. fused : (N, F) features before the classifier.
    descriptors : (N, n_terms) multi-hot, all 0 where none is filled in; image_sizes : (N, 2) width and height of the
        first image in pixels, NaN where unknown. Both are for baselines.
    sets : (N, C) bool, classes in each case's prediction set; promised : coverage that the model's card promises.
    foreignness : (N,) distance from the training images, above 1 = unlike them; NaN where it cannot be told.
    maps : image modality -> (N, h, w) evidence for yes in log-odds. masks : (N, S, S), lesion of the first image.
    """

    task: Task
    case_ids: tuple[str, ...]
    probabilities: Floats
    logits: Floats
    targets: npt.NDArray[np.int64]
    present: Flags
    groups: npt.NDArray[np.str_]
    folds: npt.NDArray[np.int64]
    facts: tuple[Mapping[str, str], ...]
    model: str
    data: str
    origin: str = ""
    simulated: bool = False
    threshold: float = 0.5
    threshold_origin: str = "0.5, as none was chosen on other cases"
    temperature: float = 1.0
    subsets: Mapping[Subset, Floats] = field(default_factory=dict)
    unimodal: Mapping[str, Floats] = field(default_factory=dict)
    shapley: Floats | None = None
    fusion_weights: Floats | None = None
    fused: Floats | None = None
    descriptors: Floats | None = None
    image_sizes: Floats | None = None
    sets: Flags | None = None
    promised: float | None = None
    foreignness: Floats | None = None
    maps: Mapping[str, Floats] = field(default_factory=dict)
    masks: npt.NDArray[np.uint8] | None = None

    def __post_init__(self) -> None:
        n = len(self.targets)
        if n == 0:
            raise ValueError("there is no case to judge")
        for item in fields(self):
            value = getattr(self, item.name)
            several = value.values() if isinstance(value, Mapping) else [value]
            for part in several:
                if isinstance(part, np.ndarray) and len(part) != n:
                    raise ValueError(f"{item.name} holds {len(part)} cases, targets {n}")
        if len(self.case_ids) != n or len(self.facts) != n:
            raise ValueError(f"{len(self.case_ids)} case ids and {len(self.facts)} facts for {n} cases")
        if self.probabilities.shape[1] != len(self.task.classes):
            raise ValueError(f"{self.probabilities.shape[1]} probabilities for {len(self.task.classes)} classes")
        if not np.isfinite(self.probabilities).all():
            raise ValueError("probabilities must be finite")

    def __len__(self) -> int:
        return len(self.targets)

    @property
    def question(self) -> Question:
        """The positive class of a binary task; of stages, the positive class or any later one."""
        return question_of(self.task, self.probabilities, self.targets)

    def fact(self, name: str) -> npt.NDArray[np.str_]:
        """(N,) text of one fact, "" where it is not known."""
        return np.array([facts.get(name, "") for facts in self.facts], dtype=np.str_)


def question_of(task: Task, probabilities: Floats, targets: npt.NDArray[np.integer]) -> Question:
    """The question of a task for some probabilities (N, C) and class indices (N,)."""
    column = task.classes.index(task.positive_class)
    if task.ordinal and not task.is_binary:
        chance = probabilities[:, column:].sum(axis=1)
        return Question(name=f"{task.positive_class} or more", probability=chance, positive=targets >= column)
    return Question(name=task.positive_class, probability=probabilities[:, column], positive=targets == column)
