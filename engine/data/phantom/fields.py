"""Smooth random curves and fields, the raw material of simulated tissue."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

FloatImage = npt.NDArray[np.float32]


def smooth_field(rng: np.random.Generator, shape: tuple[int, int], cell: tuple[float, float]) -> FloatImage:
    """(rows, columns) float32, about zero mean and unit deviation, correlated over `cell` = (rows, columns) pixels."""
    rows, columns = (max(2, round(n / c)) for n, c in zip(shape, cell, strict=True))
    knots = rng.standard_normal((rows, columns), dtype=np.float32)
    field: FloatImage = cv2.resize(knots, (shape[1], shape[0]), interpolation=cv2.INTER_CUBIC)
    field *= 1.35  # what cubic interpolation takes from the deviation
    return field


def smooth_curve(rng: np.random.Generator, length: int, knots: int) -> FloatImage:
    """(length,) float32 through `knots` standard normal values."""
    values = rng.standard_normal((1, knots), dtype=np.float32)
    curve: FloatImage = cv2.resize(values, (length, 1), interpolation=cv2.INTER_CUBIC)[0]
    return curve


def periodic_curve(rng: np.random.Generator, length: int, harmonics: range) -> FloatImage:
    """(length,) float32 with period `length`, unit deviation, of the given angular harmonics."""
    angle = np.arange(length, dtype=np.float32) * np.float32(2 * np.pi / length)
    curve = np.zeros(length, dtype=np.float32)
    for k in harmonics:
        curve += rng.standard_normal(dtype=np.float32) * np.cos(k * angle + np.float32(rng.uniform(0, 2 * np.pi)))
    return (curve / np.float32(np.sqrt(len(harmonics) / 2))).astype(np.float32)


def soft_step(distance: FloatImage, width: float | FloatImage) -> FloatImage:
    """1 where distance is well below 0, 0 well above, falling over about `width` pixels."""
    return np.asarray(0.5 - 0.5 * np.tanh(distance / width), dtype=np.float32)
