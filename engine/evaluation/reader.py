"""The reader's own BI-RADS category as a score, so that it has a curve on the same axes as the model."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from engine.evaluation.figures import Figure, proportion
from engine.evaluation.roc import PairedDifference, auc, paired_difference

Floats = npt.NDArray[np.floating]
Flags = npt.NDArray[np.bool_]

ORDER = ("1", "2", "3", "4", "4A", "4B", "4C", "5", "6")
"""Categories by rising suspicion. Category 0 says nothing and is left out."""
CUT = "4"
"""Biopsy is advised from category 4 on (ACR BI-RADS Ultrasound, 5th edition), so this is the reader's yes."""


@dataclass(frozen=True, kw_only=True)
class ReaderPoint:
    """The reader's yes from one category on."""

    category: str
    sensitivity: Figure
    specificity: Figure
    hits: int
    false_alarms: int
    misses: int
    rejections: int


@dataclass(frozen=True, kw_only=True)
class Reader:
    """The reader beside the model, on the cases with a category.

    Attributes
    ----------
    n : cases with a category, and of what they are out of. points : from the most suspicious category downwards.
    auc : of the category as a score. model_auc : of the model on the same cases. difference : model minus reader.
    cut : the first category counted as yes, where one point is asked for.
    model_at_same_sensitivity : the model's specificity where it is at least as sensitive as the reader at `cut`; the
        threshold is chosen on these very cases, so this is a description and no promise.
    """

    n: int
    of: int
    points: tuple[ReaderPoint, ...]
    auc: Figure
    model_auc: Figure
    difference: PairedDifference
    cut: str
    at_cut: ReaderPoint
    model_at_same_sensitivity: Figure


def category_ranks(birads: npt.NDArray[np.str_]) -> npt.NDArray[np.int64]:
    """(N,) place in `ORDER`, -1 where there is no usable category.

    Where some readers wrote a plain 4 and others its parts, the parts count as 4: the two scales have no common order.
    """
    places = {category: rank for rank, category in enumerate(ORDER)}
    texts = [str(text).strip().upper() for text in birads]
    if "4" in texts:
        texts = ["4" if text in ("4A", "4B", "4C") else text for text in texts]
    return np.array([places.get(text, -1) for text in texts], dtype=np.int64)


def reader_calls(birads: npt.NDArray[np.str_]) -> Flags:
    """(N,) bool: category 4 or more."""
    return category_ranks(birads) >= ORDER.index(CUT)


def reader_beside(birads: npt.NDArray[np.str_], probability: Floats, positive: Flags) -> Reader | None:
    """The reader's figures; None where fewer than two classes have a category.

    Parameters
    ----------
    birads : (N,) category as text, "" where none. probability : (N,) of the model. positive : (N,) bool.
    """
    ranks = category_ranks(birads)
    here = ranks >= 0
    ranks, truth, chance = ranks[here], positive[here], probability[here]
    if len(np.unique(truth)) < 2:
        return None
    points = tuple(_point(ORDER[rank], ranks >= rank, truth) for rank in sorted(set(ranks.tolist()), reverse=True))
    at_cut = _point(CUT, ranks >= ORDER.index(CUT), truth)
    return Reader(
        n=int(here.sum()),
        of=len(positive),
        points=points,
        auc=auc(ranks.astype(np.float64), truth),
        model_auc=auc(chance, truth),
        difference=paired_difference(chance, ranks.astype(np.float64), truth),
        cut=CUT,
        at_cut=at_cut,
        model_at_same_sensitivity=_specificity_at(chance, truth, at_cut.hits),
    )


def _point(category: str, called: Flags, truth: Flags) -> ReaderPoint:
    hits, alarms = int((called & truth).sum()), int((called & ~truth).sum())
    positives, negatives = int(truth.sum()), int((~truth).sum())
    return ReaderPoint(
        category=category,
        sensitivity=proportion(hits, positives),
        specificity=proportion(negatives - alarms, negatives),
        hits=hits,
        false_alarms=alarms,
        misses=positives - hits,
        rejections=negatives - alarms,
    )


def _specificity_at(chance: Floats, truth: Flags, hits: int) -> Figure:
    lowest = np.sort(chance[truth])[::-1][hits - 1] if hits else np.inf
    negatives = chance[~truth]
    return proportion(int((negatives < lowest).sum()), len(negatives))
