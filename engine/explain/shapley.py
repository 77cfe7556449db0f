"""What each modality adds to the answer: exact Shapley values over all subsets of the modalities.

Shapley, "A value for n-person games" (1953): the mean of what a player adds to those before him, over all orders. With
M <= 3 modalities there are at most 8 subsets, so nothing is sampled. The values of a case sum to its logit minus the
logit of knowing nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, combinations
from math import factorial
from typing import TypeVar

import torch
from torch import Tensor

from engine.explain.subset_answers import Subset, answers_by_subset
from engine.models.contract import FusionModel

Value = TypeVar("Value", float, Tensor)


@dataclass(frozen=True, kw_only=True)
class ShapleyValues:
    """Contributions of N cases in logits.

    Attributes
    ----------
    values : modality -> (N, n_logits); exactly 0 where a case lacks the modality.
    nothing, everything : (N, n_logits) logits without any modality and with all that are there.
    """

    values: Mapping[str, Tensor]
    nothing: Tensor
    everything: Tensor


def shapley_values(model: FusionModel, inputs: Mapping[str, Tensor], present: Tensor) -> ShapleyValues:
    """Exact Shapley values of a batch.

    Parameters
    ----------
    model : in evaluation mode. inputs, present : as for `FusionModel.forward`.
    """
    names = model.task.modalities
    answers = answers_by_subset(model, inputs, present, subsets_of(names))
    # A case that lacks the modality has the same logits with and without it, up to the rounding of another batch.
    values = {
        m: torch.where(present[:, names.index(m), None], share(names, m, answers.__getitem__), 0.0) for m in names
    }
    return ShapleyValues(values=values, nothing=answers[()], everything=answers[names])


def subsets_of(names: Sequence[str]) -> list[Subset]:
    """All subsets, each in the order of `names`; the empty one first, all of them last."""
    return list(chain.from_iterable(combinations(names, size) for size in range(len(names) + 1)))


def share(names: Sequence[str], modality: str, worth: Callable[[Subset], Value]) -> Value:
    """Shapley value of one of the modalities, given what each subset of `names` is worth."""
    others = [m for m in names if m != modality]
    total: Value | None = None
    for before in subsets_of(others):
        orders = factorial(len(before)) * factorial(len(others) - len(before)) / factorial(len(names))
        joined = tuple(m for m in names if m == modality or m in before)
        step = orders * (worth(joined) - worth(before))
        total = step if total is None else total + step
    assert total is not None  # the empty set is always there
    return total
