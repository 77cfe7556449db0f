"""The model card: what a model file is, what it was trained on, and how its numbers are to be read."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from engine.domain.errors import CaseError, ErrorKind
from engine.models.card_rules import check_fields

CARD_FORMAT = 1


@dataclass(frozen=True, kw_only=True)
class ModelCard:
    """The JSON that lies beside a `.safetensors` file; `ValueError` when a field is not what it must be.

    Attributes
    ----------
    name : name of the model, e.g. "breast-demo"; the folder in `resources/models` bears it.
    task, architecture, preset : registry names; options: further arguments of the architecture.
    modalities_used : modalities it was trained with; others are shown as "not used by this model".
    input_size : side of the square input in pixels; preprocessing: version of `engine.data.preprocess`.
    threshold : operating point on the positive class's calibrated probability, None for staging.
    temperature : logits are divided by it before they become probabilities.
    heatmap_full_scale, heatmap_weak_below : log-odds, see `engine.domain.prediction.Heatmap`.
    calibration : what the temperature and the threshold rest on: {"source", "n", "n_per_class", "log_loss_before",
        "log_loss_after"}; None = not recorded.
    conformal : prediction sets: {"kind" ("per_class" or "contiguous"), "alpha", "quantiles", "coverage", "n"}, see
        `engine.evaluation.ordinal_sets.in_set`; None = none.
    ood : "unlike the training images": {"method", "share", "sets"}, see `engine.training.foreign`; None = not told.
    simulated_only : True = trained on simulated images: scores only studies marked as simulated unless named.
    trained_on, not_for, use : sentences for the person.
    metrics : figure name -> {"value", "low", "high", "n"}.
    sha256 : of the weights file.
    """

    name: str
    task: str
    architecture: str
    preset: str
    sha256: str
    input_size: int
    preprocessing: int
    parameters: int
    modalities_used: tuple[str, ...]
    options: Mapping[str, Any] = field(default_factory=dict)
    threshold: float | None = 0.5
    temperature: float = 1.0
    heatmap_full_scale: float = 4.0
    heatmap_weak_below: float = 0.5
    simulated_only: bool = False
    trained_on: str = ""
    not_for: str = ""
    use: str = "Research use, not a medical device."
    metrics: Mapping[str, Any] = field(default_factory=dict)
    recipe: Mapping[str, Any] = field(default_factory=dict)
    calibration: Mapping[str, Any] | None = None
    conformal: Mapping[str, Any] | None = None
    ood: Mapping[str, Any] | None = None
    format: int = CARD_FORMAT

    def __post_init__(self) -> None:
        check_fields(vars(self))

    def to_json(self) -> str:
        """Deterministic text, sorted keys."""
        return json.dumps(asdict(self), indent=2, sort_keys=True, ensure_ascii=False) + "\n"


def read_card(path: Path) -> ModelCard:
    """The card in a JSON file; raises `CaseError` (MODEL) naming the file and what is wrong."""
    try:
        table = json.loads(path.read_text(encoding="utf-8"))
        if table.get("format") != CARD_FORMAT:
            raise ValueError(f"format {table.get('format')!r}, this program reads format {CARD_FORMAT}")
        if "simulated_only" not in table:  # its default would let a demo model score patients
            raise ValueError("simulated_only is missing")
        if isinstance(table.get("modalities_used"), list):
            table["modalities_used"] = tuple(table["modalities_used"])
        return ModelCard(**table)
    except FileNotFoundError as error:
        raise CaseError(
            ErrorKind.MODEL, f"The model card {path.name} is missing; install the model again.", str(error)
        ) from error
    except (OSError, ValueError, TypeError, AttributeError, RecursionError) as error:
        raise CaseError(
            ErrorKind.MODEL,
            f"The model card {path.name} cannot be used ({error}); install the model again.",
            f"{type(error).__name__}: {error}",
        ) from error
