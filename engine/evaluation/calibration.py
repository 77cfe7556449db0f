"""Do the probabilities mean what they say: Brier score, log loss, calibration error; and temperature scaling."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize_scalar
from scipy.special import expit, log_softmax, softmax

Floats = npt.NDArray[np.floating]
Ints = npt.NDArray[np.integer]
Flags = npt.NDArray[np.bool_]

BINS = 15
_SMALLEST = 1e-15
"""Probabilities of exactly 0 are moved to this, so that one wrong certainty does not make a figure infinite."""


def to_probabilities(logits: Floats, temperature: float = 1.0) -> Floats:
    """(N, 1) logits of class 1 or (N, C) logits to (N, C) float64 probabilities after division by the temperature."""
    scaled = np.asarray(logits, dtype=np.float64) / temperature
    if scaled.shape[1] == 1:
        positive = expit(scaled[:, 0])
        return np.stack([expit(-scaled[:, 0]), positive], axis=1)
    result: Floats = softmax(scaled, axis=1)
    return result


def negative_log_likelihood(probabilities: Floats, targets: Ints) -> float:
    """Mean of -log p(target). probabilities: (N, C); targets: (N,) class index."""
    chosen = np.clip(probabilities[np.arange(len(targets)), targets], _SMALLEST, 1.0)
    return float(-np.log(chosen).mean())


def brier_score(probability: Floats, positive: Flags) -> float:
    """Mean squared difference between the positive class's probability and 0 or 1 (Brier 1950, half his sum)."""
    return float(np.mean((probability - positive.astype(np.float64)) ** 2))


def expected_calibration_error(probability: Floats, positive: Flags, bins: int = BINS) -> float:
    """Mean gap between said probability and observed share of positives over equal-width bins, weighted by cases.

    Parameters
    ----------
    probability : (N,) of the positive class in [0, 1]; the last bin is closed. positive : (N,) bool.
    """
    index = np.minimum((probability * bins).astype(int), bins - 1)
    count = np.bincount(index, minlength=bins)
    said = np.bincount(index, weights=probability, minlength=bins)
    seen = np.bincount(index, weights=positive.astype(np.float64), minlength=bins)
    return float(np.abs(said - seen).sum() / count.sum())


def logits_loss(logits: Floats, targets: Ints, temperature: float = 1.0) -> float:
    """Mean of -log p(target) from logits (N, 1) or (N, C), without rounding through probabilities."""
    scaled = np.asarray(logits, dtype=np.float64) / temperature
    if scaled.shape[1] == 1:
        scaled = np.concatenate([np.zeros_like(scaled), scaled], axis=1)
    return float(-log_softmax(scaled, axis=1)[np.arange(len(targets)), targets].mean())


def fit_temperature(logits: Floats, targets: Ints) -> float:
    """Temperature that minimises the log loss of validation cases (Guo et al. 2017).

    Searched as T = exp(theta), so that it is always positive, between 1/20 and 20; 1.0 when nothing is gained.
    """
    if len(targets) == 0:
        return 1.0
    limit = float(np.log(20.0))
    found = minimize_scalar(
        lambda theta: logits_loss(logits, targets, float(np.exp(theta))), bounds=(-limit, limit), method="bounded"
    )
    temperature = float(np.exp(found.x))
    return temperature if logits_loss(logits, targets, temperature) < logits_loss(logits, targets) else 1.0
