"""Layers of the breast around a lesion, in dB against the gland: skin, fat with ligaments, gland, fat, muscle."""

from __future__ import annotations

import numpy as np

from engine.data.phantom.fields import FloatImage, smooth_curve, smooth_field, soft_step

FAT_DB, GLAND_DB, MUSCLE_DB, SKIN_DB = -12.0, 0.0, -10.0, 5.0


def breast_layers(rng: np.random.Generator, shape: tuple[int, int]) -> FloatImage:
    """(rows, columns) float32 echo strength in dB."""
    rows, columns = shape
    y = np.arange(rows, dtype=np.float32)[:, None]

    def boundary(depth: float, swing: float, knots: int) -> FloatImage:
        return ((depth + swing * smooth_curve(rng, columns, knots)) * rows)[None, :].astype(np.float32)

    skin = boundary(0.050 + 0.012 * rng.random(), 0.003, 4)
    gland_top = boundary(rng.uniform(0.17, 0.27), 0.030, 6)
    gland_bottom = boundary(rng.uniform(0.70, 0.78), 0.020, 5)
    muscle_top = gland_bottom + boundary(0.045, 0.010, 5)
    muscle_bottom = muscle_top + boundary(0.16, 0.006, 4)

    fat = FAT_DB + 1.5 * smooth_field(rng, shape, (24, 34)) + _ligaments(rng, shape)
    gland = GLAND_DB + 1.6 * smooth_field(rng, shape, (22, 40)) + 1.7 * smooth_field(rng, shape, (7, 15))
    muscle = MUSCLE_DB + 4.0 * smooth_field(rng, shape, (5, 70))
    in_gland = soft_step(gland_top - y, 3.0) * soft_step(y - gland_bottom, 3.0)
    in_muscle = soft_step(muscle_top - y, 2.0) * soft_step(y - muscle_bottom, 2.0)
    echo = fat + in_gland * (gland - fat)
    echo += in_muscle * (muscle - echo)
    echo += 9.0 * _line(y, muscle_top, 1.6) + 6.0 * _line(y, muscle_bottom, 2.0) + 4.0 * _line(y, gland_top, 1.5)
    echo += soft_step(y - skin, 1.5) * (SKIN_DB - echo) + 5.0 * _line(y, skin, 1.2)
    echo -= 8.0 * soft_step(muscle_bottom + 6 - y, 8.0)
    return np.asarray(echo, dtype=np.float32)


def _ligaments(rng: np.random.Generator, shape: tuple[int, int]) -> FloatImage:
    """Bright thin sheets between fat lobules: the zero lines of a smooth field."""
    lobules = smooth_field(rng, shape, (26, 42))
    return np.asarray(9.0 * np.exp(-((lobules / 0.13) ** 2)), dtype=np.float32)


def _line(y: FloatImage, at: FloatImage, width: float) -> FloatImage:
    return np.asarray(np.exp(-(((y - at) / np.float32(width)) ** 2)), dtype=np.float32)
