"""Is acting on the model worth it: net benefit over the threshold probability at which a person would act.

A. J. Vickers, E. B. Elkin: Decision curve analysis, Medical Decision Making 26 (2006), equation 1.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.floating]
Flags = npt.NDArray[np.bool_]

THRESHOLDS = np.linspace(0.01, 0.99, 99)


@dataclass(frozen=True, kw_only=True)
class DecisionCurve:
    """Net benefit per case at each threshold probability.

    Attributes
    ----------
    threshold : (T,). model, everyone : (T,) of acting on the model's yes, or on every case; acting on none is 0.
    reader : (T,) of acting on the reader's own yes, which does not depend on the threshold; None where not recorded.
    """

    n: int
    threshold: Floats
    model: Floats
    everyone: Floats
    reader: Floats | None = None


def net_benefit(called: Flags, positive: Flags, threshold: Floats) -> Floats:
    """(T,) hits / N - false alarms / N x t / (1 - t).

    Parameters
    ----------
    called : (T, N) or (N,) bool, who is acted on. positive : (N,) bool. threshold : (T,) in (0, 1).
    """
    n = len(positive)
    hits, false_alarms = (called & positive).sum(axis=-1), (called & ~positive).sum(axis=-1)
    result: Floats = hits / n - false_alarms / n * threshold / (1.0 - threshold)
    return result


def decision_curve(
    probability: Floats, positive: Flags, *, reader: Flags | None = None, thresholds: Floats = THRESHOLDS
) -> DecisionCurve:
    """The curve of a model.

    Parameters
    ----------
    probability : (N,) calibrated. positive : (N,) bool. reader : (N,) bool, whom the reader would act on.
    """
    called = probability[None] >= thresholds[:, None]
    return DecisionCurve(
        n=len(positive),
        threshold=thresholds,
        model=net_benefit(called, positive, thresholds),
        everyone=net_benefit(np.ones_like(positive), positive, thresholds),
        reader=None if reader is None else net_benefit(reader, positive, thresholds),
    )
