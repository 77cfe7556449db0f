"""Performance as the inputs get worse, in one number: MultiBench's definitions without its scaling between methods."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from engine.evaluation.figures import Figure
from engine.evaluation.roc import auc

Floats = npt.NDArray[np.floating]
Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True, kw_only=True)
class RobustnessCurve:
    """AUC of the question over the severity of one kind of damage, always on the same cases.

    Attributes
    ----------
    kind, title : short and readable name. meaning : what severity 1 is, in words.
    severity : (L,) rising from 0, the cases as they are. auc : one per severity with DeLong's interval.
    late_fusion : AUC of the mean of the answers to single modalities; empty where there are fewer than two.
    relative : area under AUC over severity. effective : sum of AUC minus late fusion's, both from the same start; None
        without late fusion.
    """

    kind: str
    title: str
    meaning: str
    severity: tuple[float, ...]
    auc: tuple[Figure, ...]
    late_fusion: tuple[Figure, ...] = ()
    relative: float
    effective: float | None = None


def robustness_curve(
    kind: str,
    title: str,
    meaning: str,
    severity: Sequence[float],
    chances: Sequence[Floats],
    positive: Flags,
    *,
    late: Sequence[Floats] = (),
) -> RobustnessCurve:
    """Judge the answers of all severities.

    Parameters
    ----------
    severity : L, rising from 0. chances : L arrays (N,), probability of yes. positive : (N,) bool, both answers occur.
    late : L arrays (N,) of late fusion, or none.
    """
    figures = tuple(auc(chance, positive) for chance in chances)
    beside = tuple(auc(chance, positive) for chance in late)
    values = np.array([figure.value for figure in figures])
    return RobustnessCurve(
        kind=kind,
        title=title,
        meaning=meaning,
        severity=tuple(severity),
        auc=figures,
        late_fusion=beside,
        relative=relative_robustness(np.asarray(severity), values),
        effective=effective_robustness(values, np.array([f.value for f in beside])) if beside else None,
    )


def relative_robustness(levels: Floats, performance: Floats) -> float:
    """Area under performance over severity by trapezoids.

    Parameters
    ----------
    levels : (L,) severities, rising, at least two; 0 = clean. performance : (L,) at each level, e.g. AUC.
    """
    if len(levels) < 2 or np.any(np.diff(levels) <= 0):
        raise ValueError("severities must rise, and there must be at least two")
    return float(np.trapezoid(performance, levels))


def effective_robustness(performance: Floats, baseline: Floats) -> float:
    """Sum over the levels of performance minus the baseline's, the latter moved to the same clean performance.

    Parameters
    ----------
    performance, baseline : (L,) at the same levels, the clean one first; the baseline is late fusion.
    """
    return float(np.sum(performance - (baseline + performance[0] - baseline[0])))
