"""From logits to the numbers that are shown: calibrated probabilities, decision and log-odds."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from engine.domain.task import Task

Logits = npt.NDArray[np.float32]


def probabilities(task: Task, logits: Logits, temperature: float) -> tuple[float, ...]:
    """One probability per class in task order, sum 1.

    Parameters
    ----------
    logits : (task.n_logits,); the one logit of a binary task is that of ``classes[1]``.
    temperature : logits are divided by it (Guo et al., ICML 2017).
    """
    scaled = [float(v) / temperature for v in logits]
    if task.is_binary:
        scaled = [0.0, scaled[0]]
    # Plain float arithmetic: a vector library may round differently with the length of the batch.
    top = max(scaled)
    weights = [math.exp(v - top) for v in scaled]
    return tuple(w / math.fsum(weights) for w in weights)


def positive_log_odds(task: Task, logits: Logits, temperature: float) -> float:
    """Log-odds of the positive class; of staging tasks: of reaching the positive stage or a later one."""
    scaled = [float(v) / temperature for v in logits]
    first = task.classes.index(task.positive_class)
    if task.is_binary:
        return scaled[0] if first == 1 else -scaled[0]
    positive = scaled[first:] if task.ordinal else [scaled[first]]
    rest = scaled[:first] if task.ordinal else scaled[:first] + scaled[first + 1 :]
    return _log_sum(positive) - _log_sum(rest)


def decision(task: Task, chances: tuple[float, ...], threshold: float | None) -> str:
    """The class that is reported: positive at or above the threshold; without a threshold the most probable one."""
    positive = task.classes.index(task.positive_class)
    if threshold is None or not task.is_binary:
        return task.classes[max(range(len(chances)), key=chances.__getitem__)]
    return task.classes[positive if chances[positive] >= threshold else 1 - positive]


def _log_sum(values: list[float]) -> float:
    if not values:
        return -math.inf
    top = max(values)
    return top + math.log(math.fsum(math.exp(v - top) for v in values))
