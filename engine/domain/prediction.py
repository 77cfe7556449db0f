"""What a model says of a case: the same object for the window, the batch run and the report."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt


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
class Prediction:
    """Calibrated class probabilities of one case by one model.

    Attributes
    ----------
    probabilities : one per class in task order, in [0, 1], sum 1.
    threshold : the card's operating point on the positive class's probability (None for staging tasks).
    present : modality -> was it there and used.
    contributions : modality -> full logit minus the logit without it (positive class, log-odds); None until asked for.
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
    notes: tuple[str, ...] = ()
    device: str = "cpu"
    seconds: float = field(default=0.0, compare=False)

    def probability(self, class_name: str) -> float:
        return self.probabilities[self.classes.index(class_name)]
