"""What a model card adds to an answer: the classes that cannot be left out, and whether it knows such images."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from engine.domain.task import Task
from engine.evaluation.foreignness import distances
from engine.evaluation.ordinal_sets import in_set
from engine.models.card import ModelCard

FOREIGN_NOTE = "Unlike the training images: the model has seen little like this case, so its number may mislead."


@dataclass(frozen=True, kw_only=True)
class CardAnswer:
    """See the fields of the same names of `engine.domain.prediction.Prediction`."""

    prediction_set: tuple[str, ...] = ()
    set_coverage: float | None = None
    foreignness: float | None = None

    @property
    def notes(self) -> tuple[str, ...]:
        return (FOREIGN_NOTE,) if self.foreignness is not None and self.foreignness > 1.0 else ()


def card_answer(
    card: ModelCard,
    task: Task,
    probabilities: tuple[float, ...],
    present: Mapping[str, bool],
    fused: npt.NDArray[np.floating] | None,
) -> CardAnswer:
    """What the card says of one case.

    Parameters
    ----------
    probabilities : calibrated, in task order. fused : (F,) features before the classifier, None where not known.
    """
    return CardAnswer(
        prediction_set=prediction_set(card, task, probabilities),
        set_coverage=None if card.conformal is None else 1.0 - float(card.conformal["alpha"]),
        foreignness=foreignness(card, present, fused),
    )


def prediction_set(card: ModelCard, task: Task, probabilities: tuple[float, ...]) -> tuple[str, ...]:
    """Classes in the conformal set, in task order; empty where the card has none that fits."""
    held = card.conformal
    if held is None or (held["kind"] == "per_class" and len(held["quantiles"]) != len(task.classes)):
        return ()
    inside = in_set(held["kind"] == "per_class", np.asarray(probabilities, np.float64), list(held["quantiles"]))
    return tuple(name for name, here in zip(task.classes, inside, strict=True) if here)


def foreignness(card: ModelCard, present: Mapping[str, bool], fused: npt.NDArray[np.floating] | None) -> float | None:
    """Distance from the training images as a multiple of the threshold; None where it cannot be told.

    The threshold was set on cases with the same modalities; with another set of them nothing is said.
    """
    if card.ood is None or fused is None or not np.isfinite(fused).all():
        return None
    shown = {m for m, there in present.items() if there}
    for centre in card.ood["sets"]:
        if set(centre["modalities"]) == shown and len(centre["mean"]) == len(fused) and centre["threshold"] > 0:
            return float(distances(centre, np.asarray(fused)[None])[0] / centre["threshold"])
    return None
