"""What a lesion does to the tissue map: echo pattern, texture, halo, posterior features, calcifications."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from engine.data.phantom.fields import FloatImage, smooth_field, soft_step
from engine.data.phantom.latents import Latents
from engine.data.phantom.outline import Outline

ECHO_DB = {"anechoic": -21.0, "hypoechoic": -11.5, "isoechoic": -5.5, "hyperechoic": 7.5}
TEXTURE_CELL = (8.0, 10.0)
"""Correlation length of the texture in rows and columns."""


@dataclass(frozen=True, kw_only=True)
class Points:
    """Single strong scatterers: (row, column, dB), and where they cast a shadow (row, column, half width)."""

    echoes: list[tuple[int, int, float]]
    shadows: list[tuple[int, int, int]]


def texture_contrast_db(latent: float) -> float:
    """Deviation of the lesion's scatterer strength over its texture, in dB; rises with the latent at every point."""
    return 0.3 + 10.2 / (1.0 + float(np.exp(-1.05 * latent)))


def with_lesion(layers: FloatImage, inside: FloatImage, distance: FloatImage, latents: Latents) -> FloatImage:
    """Tissue map with the lesion in it, without its texture (which is added per acquisition)."""
    echo = layers + inside * (ECHO_DB[latents.terms["echo_pattern"]] - layers)
    margin = latents.terms["margin"].split(";")
    if "spiculated" in margin or "indistinct" in margin:  # echogenic halo of a desmoplastic rim
        echo += 4.5 * np.exp(-(((distance - 9) / 8) ** 2))
    elif "circumscribed" in margin:  # thin capsule
        echo += 5.0 * np.exp(-(((distance - 1.5) / 1.6) ** 2))
    return np.asarray(echo, dtype=np.float32)


def texture_db(rng: np.random.Generator, inside: FloatImage, latent: float) -> FloatImage:
    """Texture of the lesion in dB: patches of strong and weak scattering with a contrast that follows the latent."""
    patches = smooth_field(rng, (inside.shape[0], inside.shape[1]), TEXTURE_CELL)
    # a small lesion holds few patches: their deviation within it is made exact, so that it says no more and no less
    weight = np.float32(1 / inside.sum())
    patches -= np.float32((inside * patches).sum()) * weight
    patches /= np.sqrt(np.float32((inside * patches**2).sum()) * weight)
    # the mean of the power, not of the dB, is held: contrast alone tells the latent
    contrast = texture_contrast_db(latent)
    return np.asarray(inside * (contrast * patches - contrast**2 * np.log(10) / 40), dtype=np.float32)


def posterior_db(rng: np.random.Generator, inside: FloatImage, outline: Outline, term: str) -> FloatImage:
    """Gain (enhancement) or loss (shadow) along the beam by the lesion's attenuation against its surroundings, in dB.

    The local difference in attenuation is integrated over depth, as the echo passes it twice.
    """
    height = max(float(inside.sum(axis=0).max()), 1.0)
    columns = np.arange(inside.shape[1], dtype=np.float32)
    left = soft_step(columns - np.float32(outline.column), 6.0)[None, :]
    strength = {"none": 0.0, "enhancement": rng.uniform(8, 12), "shadowing": -rng.uniform(15, 21), "combined": 0.0}[
        term
    ]
    per_row = np.full((1, inside.shape[1]), strength / height, dtype=np.float32)
    if term == "combined":
        per_row = ((9.0 * left - 18.0 * (1 - left)) / height).astype(np.float32)
    gain = np.cumsum(inside * per_row, axis=0, dtype=np.float32)
    return np.asarray(cv2.GaussianBlur(gain, (0, 0), sigmaX=3.0, sigmaY=0.8), dtype=np.float32)


def calcifications(rng: np.random.Generator, shape: tuple[int, int], outline: Outline, latents: Latents) -> Points:
    """Strong scatterers of the drawn kind at the drawn site; coarse ones cast shadows."""
    kind, site = latents.terms["calcification"], latents.terms["calcification_site"]
    places: list[tuple[float, float]] = []
    if kind == "none":
        return Points(echoes=[], shadows=[])
    count = int(rng.integers(2, 4)) if kind == "coarse" else int(rng.integers(8, 15))
    centre = rng.uniform(0, 2 * np.pi)
    for i in range(count):
        if site == "in mass":
            places.append(outline.point(rng.uniform(0, 2 * np.pi), float(np.sqrt(rng.uniform(0.02, 0.5)))))
        elif site == "outside mass":
            side = 0.0 if np.cos(centre) > 0 else np.pi
            places.append(outline.point(side + rng.uniform(-0.5, 0.5), rng.uniform(1.2, 1.45)))
        else:
            places.append(duct_point(outline, centre, (i + 0.5) / count))
    echoes, shadows = [], []
    for x, y in places:
        row, column = int(np.clip(y, 8, shape[0] - 9)), int(np.clip(x, 8, shape[1] - 9))
        if kind == "micro":
            echoes.append((row, column, rng.uniform(25, 30)))
            continue
        half = int(rng.integers(3, 6))
        echoes += [(row + int(rng.integers(-1, 2)), column + k, rng.uniform(25, 30)) for k in range(-half, half + 1)]
        shadows.append((row, column, half))
    return Points(echoes=echoes, shadows=shadows)


def duct_point(outline: Outline, centre: float, part: float) -> tuple[float, float]:
    """(column, row) on the duct that leaves the mass sideways, `part` 0 at the mass and 1 at its end."""
    side = 0.0 if np.cos(centre) > 0 else np.pi
    x, y = outline.point(side, 1.02 + 0.55 * part)
    return x, y - 9.0 * float(np.sin(2.2 * part))


def shadow_db(shape: tuple[int, int], points: Points) -> FloatImage:
    """Loss behind coarse calcifications in dB (not positive)."""
    loss = np.zeros(shape, dtype=np.float32)
    for row, column, half in points.shadows:
        loss[row + 2 :, column - half : column + half + 1] = -19.0
    return (
        np.asarray(cv2.GaussianBlur(loss, (0, 0), sigmaX=2.2, sigmaY=1.5), dtype=np.float32) if points.shadows else loss
    )
