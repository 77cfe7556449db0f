"""The same figures on parts of the cases: devices, the difficult BI-RADS category, small and large lesions."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from engine.evaluation.figures import Figure, proportion
from engine.evaluation.reader import ORDER, category_ranks
from engine.evaluation.roc import auc
from engine.evaluation.scored import ScoredCases

Flags = npt.NDArray[np.bool_]
SIZES = ("lesion_mm", "lesion_part")
"""Facts that hold a size (diameter of a disc of the same area; part of the picture's area): the first that is known
for most cases is used."""
FEWEST = 5
MOST_VALUES = 12


@dataclass(frozen=True, kw_only=True)
class Subgroup:
    """Figures on one part. auc is None where a class has no case."""

    kind: str
    value: str
    n: int
    positives: int
    auc: Figure | None
    sensitivity: Figure
    specificity: Figure


def subgroup_rows(scored: ScoredCases) -> tuple[Subgroup, ...]:
    """All parts of at least `FEWEST` cases, with the whole first."""
    rows = [_row(scored, "all cases", "", np.ones(len(scored), bool))]
    rows += [_row(scored, kind, value, here) for kind, value, here in _parts(scored) if here.sum() >= FEWEST]
    return tuple(rows)


def lesion_sizes(scored: ScoredCases) -> tuple[str, npt.NDArray[np.floating]] | None:
    """Which fact tells the size, and (N,) of it with NaN where unknown; from the masks where no fact does."""
    for name in SIZES:
        values = np.array([_number(text) for text in scored.fact(name)])
        if np.isfinite(values).mean() > 0.5:
            return name, values
    if scored.masks is not None and scored.masks.any():
        share = (scored.masks > 0).reshape(len(scored), -1).mean(axis=1)
        return "lesion_part", np.where(share > 0, share, np.nan)
    return None


def _parts(scored: ScoredCases) -> Iterator[tuple[str, str, Flags]]:
    ranks = category_ranks(scored.fact("birads"))
    fours = np.isin(ranks, [ORDER.index(name) for name in ("4", "4A", "4B", "4C")])
    if fours.any():
        yield "BI-RADS", "4 only", fours
        yield "BI-RADS", "2 and 3", np.isin(ranks, [ORDER.index("2"), ORDER.index("3")])
        yield "BI-RADS", "5", ranks == ORDER.index("5")
    for fact, kind in (("device", "device"), ("site", "site"), ("source", "source")):
        values = scored.fact(fact)
        found, count = np.unique(values[values != ""], return_counts=True)
        if len(found) > 1:
            for value in found[np.argsort(-count, kind="stable")][:MOST_VALUES]:
                yield kind, str(value), values == value
    yield from _size_parts(scored)
    for column, modality in enumerate(scored.task.modalities):
        here = scored.present[:, column]
        if 0 < here.sum() < len(here):
            yield "without", scored.task.modality_label(modality), ~here


def _size_parts(scored: ScoredCases) -> Iterator[tuple[str, str, Flags]]:
    found = lesion_sizes(scored)
    if found is None:
        return
    name, values = found
    first, second = np.nanquantile(values, [1 / 3, 2 / 3])
    titles = {
        "lesion_mm": ("lesion", "{:.1f} mm"),
        "lesion_part": ("lesion", "{:.1%} of the picture"),
    }
    kind, form = titles[name]
    low, high = form.format(first), form.format(second)
    with np.errstate(invalid="ignore"):
        yield kind, f"smallest third, up to {low}", values <= first
        yield kind, f"middle third, up to {high}", (values > first) & (values <= second)
        yield kind, f"largest third, over {high}", values > second


def _row(scored: ScoredCases, kind: str, value: str, here: Flags) -> Subgroup:
    question = scored.question
    truth, called = question.positive[here], question.probability[here] >= scored.threshold
    return Subgroup(
        kind=kind,
        value=value,
        n=int(here.sum()),
        positives=int(truth.sum()),
        auc=auc(question.probability[here], truth) if len(np.unique(truth)) == 2 else None,
        sensitivity=proportion(int((called & truth).sum()), int(truth.sum())),
        specificity=proportion(int((~called & ~truth).sum()), int((~truth).sum())),
    )


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return float("nan")
