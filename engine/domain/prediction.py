"""What a model says of a case: the same object for the window, the batch run and the report."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

SIMULATED_NOTE = "This model was trained on simulated images only: its number means nothing for a patient."


@dataclass(frozen=True, kw_only=True)
class Heatmap:
    """Evidence map of one image on an absolute scale.

    Attributes
    ----------
    values : (h, w) float32, evidence for `towards` in log-odds per unit of image area: the mean over the map is this
        image's first-order share of the logit. Never rescaled per image.
    x0, y0, x1, y1 : where the map lies in pixels of the stored frame; may reach beyond the frame where it was padded.
    full_scale : log-odds drawn at the end of the colour scale, the same for every image of one model.
    weak_below : a map whose peak stays under this is "evidence too weak to draw".
    """

    values: npt.NDArray[np.float32]
    x0: float
    y0: float
    x1: float
    y1: float
    full_scale: float
    weak_below: float
    towards: str

    @property
    def is_weak(self) -> bool:
        return bool(self.values.max(initial=0.0) < self.weak_below)


@dataclass(frozen=True, kw_only=True)
class Doubt:
    """How far a model's answer to one case moves over passes with dropout switched on; entropies in nats.

    Attributes
    ----------
    passes : 0 where there are none; why_none : then says why, e.g. "no dropout in this model".
    mean : probability of each class over all passes, in task order; it differs a little from the answer itself.
    low, high : the middle nine tenths of the passes lie between them: probability of the positive class, of staging
        tasks of reaching the positive stage (`engine.domain.task.Task.chance_of_positive`).
    total : entropy of the mean, the sum of the next two.
    aleatoric : mean entropy of the passes: the case is undecided, and more training would not change that.
    epistemic : mutual information: the passes contradict each other, the model has seen little like this case.
    """

    passes: int = 0
    mean: tuple[float, ...] = ()
    low: float | None = None
    high: float | None = None
    total: float | None = None
    aleatoric: float | None = None
    epistemic: float | None = None
    why_none: str = ""


@dataclass(frozen=True, kw_only=True)
class Prediction:
    """Calibrated class probabilities of one case by one model.

    Attributes
    ----------
    probabilities : one per class in task order, in [0, 1], sum 1.
    threshold : the card's operating point on the positive class's probability (None for staging tasks).
    present : modality -> was it there and used.
    contributions : modality -> full logit minus the logit without it (positive class, log-odds); None until asked for.
    shapley : modality -> exact Shapley value over all subsets of the modalities that were there, in the same log-odds:
        they sum to the answer minus the answer to nothing at all; None until asked for.
    fusion_weights : modality -> weight that the system itself gives it; empty where it has none.
    doubt : from repeated passes with dropout; None until asked for.
    prediction_set : classes that cannot be left out at the promised coverage, in task order; empty where the model has
        no such promise. set_coverage : the promise, such as 0.9.
    foreignness : distance from the training images as a multiple of the model's threshold, above 1 = unlike them; None
        where it cannot be told.
    cautions : of the system for this task; trained_on, not_for : sentences of the model's card.
    notes : sentences the reader must see beside the number, e.g. "Doppler not used by this model".
    seconds : wall time of the model's passes for this case.
    """

    case_id: str
    task: str
    model: str
    model_sha256: str
    classes: tuple[str, ...]
    probabilities: tuple[float, ...]
    predicted_class: str
    threshold: float | None
    present: Mapping[str, bool]
    logits: tuple[float, ...] = ()
    heatmaps: Mapping[str, Heatmap] = field(default_factory=dict)
    contributions: Mapping[str, float] | None = None
    shapley: Mapping[str, float] | None = None
    fusion_weights: Mapping[str, float] = field(default_factory=dict)
    doubt: Doubt | None = None
    prediction_set: tuple[str, ...] = ()
    set_coverage: float | None = None
    foreignness: float | None = None
    cautions: tuple[str, ...] = ()
    trained_on: str = ""
    not_for: str = ""
    notes: tuple[str, ...] = ()
    device: str = "cpu"
    seconds: float = field(default=0.0, compare=False)

    @property
    def is_foreign(self) -> bool:
        """Unlike the training images."""
        return self.foreignness is not None and self.foreignness > 1.0

    def probability(self, class_name: str) -> float:
        return self.probabilities[self.classes.index(class_name)]
