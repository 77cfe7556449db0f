"""Requests to the child processes and their answers: frozen data, nothing that needs DICOM or tensors to be read."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from engine.domain.case import Case, UltrasoundImage
from engine.domain.descriptors import Descriptors
from engine.domain.roi import Roi, Vascularity
from engine.domain.training_export import ReadCase


@dataclass(frozen=True, kw_only=True)
class OpenFolder:
    """Scan a folder into cases. Answer: `engine.domain.case.StudyFolder`; progress is (step, total, phase in words)."""

    path: str
    task: str


@dataclass(frozen=True, kw_only=True)
class ExportReadings:
    """Write readings with known pathology as a training set. Answer: `engine.domain.training_export.TrainingExport`.

    Attributes
    ----------
    paths : folders that hold the images, opened one after another; none = those that were opened before.
    read : what the case database holds, see `engine.store.training_export.read_cases`.
    out : the manifest. keep_patient_ids : instead of pseudonyms.
    """

    paths: tuple[str, ...]
    task: str
    read: tuple[ReadCase, ...]
    out: str
    keep_patient_ids: bool = False


@dataclass(frozen=True, kw_only=True)
class GetFrame:
    """One frame for display. Answer: `DecodedFrame`.

    Attributes
    ----------
    index : frame number, from 0.
    """

    path: str
    index: int = 0


@dataclass(frozen=True, kw_only=True)
class DecodedFrame:
    """A frame as it is stored in the file, not cut.

    Attributes
    ----------
    pixels : (H, W, 3) uint8 RGB, read-only.
    n_frames : frames in the file.
    """

    path: str
    index: int
    n_frames: int
    pixels: npt.NDArray[np.uint8]


@dataclass(frozen=True, kw_only=True)
class ScoreCase:
    """Score one case with the descriptors it carries. Answer: `engine.domain.prediction.Prediction`.

    Attributes
    ----------
    model : name or file of a model, None = the installed model that fits the case.
    heatmaps : one evidence map per image, by the same forward pass.
    contributions : what each modality adds to the answer; it costs further passes, and can be given up between them.
    device : "auto", "cpu" or "cuda".
    """

    case: Case
    model: str | None = None
    device: str = "auto"
    heatmaps: bool = True
    contributions: bool = False


@dataclass(frozen=True, kw_only=True)
class MeasureDoubt:
    """How far the answer to a case moves over passes with dropout. Answer: `engine.domain.prediction.Doubt`."""

    case: Case
    model: str | None = None
    device: str = "auto"
    passes: int = 30


@dataclass(frozen=True, kw_only=True)
class WhatIf:
    """What the model would say with other descriptors, the images as they are.

    Answer: `WhatIfAnswer`; on the way, progress is (variants done, all of them, `WhatIfAnswer` with those so far).

    Attributes
    ----------
    parts : how many variants belong together, in order; a model that has to look at the images again for each variant
        answers part by part, and can be given up between them.
    """

    case: Case
    variants: tuple[Descriptors, ...]
    model: str | None = None
    device: str = "auto"
    parts: tuple[int, ...] = ()


@dataclass(frozen=True, kw_only=True)
class WhatIfAnswer:
    """Probabilities of the positive class, of stages of reaching it.

    Attributes
    ----------
    base : with the descriptors as they are; changed : one per variant, of an answer on the way of the first ones.
    """

    base: float
    changed: tuple[float, ...]


@dataclass(frozen=True, kw_only=True)
class ListModels:
    """The installed models. Answer: tuple of `ModelChoice`."""


@dataclass(frozen=True, kw_only=True)
class ModelChoice:
    """A model as a person chooses it; sentences come from its card, modalities are those it uses."""

    name: str
    task: str
    preset: str
    simulated_only: bool
    trained_on: str
    not_for: str
    architecture: str = ""
    modalities: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class WarmUp:
    """Load the model that would score this case, so that the first score does not wait. Answer: the model's name."""

    case: Case
    model: str | None = None


@dataclass(frozen=True, kw_only=True)
class MeasureFlow:
    """How much of a colour image is coloured. Answer: `Flow`.

    Attributes
    ----------
    index : frame number, from 0.
    roi : counted inside of it too.
    """

    image: UltrasoundImage
    index: int
    roi: Roi | None = None


@dataclass(frozen=True, kw_only=True)
class Flow:
    """Shares of coloured pixels: in the whole colour box, and in the region of interest where one was given."""

    in_box: Vascularity
    in_roi: Vascularity | None = None


@dataclass(frozen=True, kw_only=True)
class ScoreMoved:
    """One case with its regions of interest moved in several ways, scored together.

    Answer: tuple of the positive class's probabilities, one per case.
    """

    cases: tuple[Case, ...]
    model: str | None = None
    device: str = "auto"
