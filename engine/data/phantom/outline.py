"""Outline of a lesion from its shape, orientation and margin."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from engine.data.phantom.fields import FloatImage, periodic_curve
from engine.data.phantom.latents import Latents

ANGLES = 720


@dataclass(frozen=True, kw_only=True)
class Outline:
    """A star-shaped lesion in a picture.

    Attributes
    ----------
    column, row : centre in pixels.
    radius : (ANGLES,) float32 distance of the edge from the centre in pixels, by angle from +x towards +y.
    edge : (ANGLES,) float32 width of the transition in pixels: narrow where circumscribed, wide where indistinct.
    body : (ANGLES,) float32 radius without spikes and lobules, for what lies in or around the mass.
    """

    column: float
    row: float
    radius: FloatImage
    edge: FloatImage
    body: FloatImage

    def point(self, angle: float, part: float) -> tuple[float, float]:
        """(column, row) at `part` of the body's radius in direction `angle` (radians)."""
        length = part * float(self.body[int(angle / (2 * np.pi) * ANGLES) % ANGLES])
        return self.column + length * float(np.cos(angle)), self.row + length * float(np.sin(angle))

    def distance(self, shape: tuple[int, int]) -> tuple[FloatImage, FloatImage]:
        """(rows, columns) distance to the edge along the ray from the centre, negative inside, and the edge's width."""
        x = np.arange(shape[1], dtype=np.float32) - np.float32(self.column)
        y = np.arange(shape[0], dtype=np.float32) - np.float32(self.row)
        reach, angle = cv2.cartToPolar(np.tile(x, (shape[0], 1)), np.repeat(y[:, None], shape[1], axis=1))
        place = (angle * np.float32(ANGLES / (2 * np.pi))).astype(np.intp) % ANGLES
        return reach - self.radius[place], self.edge[place]


def draw_outline(rng: np.random.Generator, shape: tuple[int, int], latents: Latents) -> Outline:
    """Outline whose shape, orientation and margin follow the drawn terms; 30 to 60 % of the width (less if upright)."""
    rows, columns = shape
    terms = latents.terms
    half_x, half_y = _half_axes(rng, columns, terms["shape"], terms["orientation"])
    half_y = min(half_y, 0.30 * rows)
    angle = np.arange(ANGLES, dtype=np.float32) * np.float32(2 * np.pi / ANGLES)
    body = half_x * half_y / np.hypot(half_y * np.cos(angle), half_x * np.sin(angle))
    if terms["shape"] == "irregular":
        body = body * np.clip(1 + 0.13 * periodic_curve(rng, ANGLES, range(2, 7)), 0.65, 1.35)
    else:
        body = body * (1 + 0.025 * periodic_curve(rng, ANGLES, range(2, 5)))
    body = body.astype(np.float32)
    radius, edge = _margin(rng, body, set(terms["margin"].split(";")))
    return Outline(
        column=columns * rng.uniform(0.42, 0.58),
        row=rows * rng.uniform(0.43, 0.52),
        radius=radius,
        edge=edge,
        body=body,
    )


def _half_axes(rng: np.random.Generator, columns: int, shape: str, orientation: str) -> tuple[float, float]:
    if shape == "round":
        half = columns * rng.uniform(0.14, 0.22)
        return half, half * rng.uniform(0.95, 1.05)
    if orientation == "parallel":
        half = columns * rng.uniform(0.17, 0.29)
        return half, half * rng.uniform(0.52, 0.70)
    half = columns * rng.uniform(0.125, 0.175)
    return half, half * rng.uniform(1.25, 1.5)


def _margin(rng: np.random.Generator, body: FloatImage, margin: set[str]) -> tuple[FloatImage, FloatImage]:
    """Radius and edge width by angle."""
    radius, edge = body.copy(), np.full(ANGLES, 1.3, dtype=np.float32)
    if "microlobulated" in margin:
        lobes = int(rng.integers(11, 17))
        phase = np.linspace(0, np.pi * lobes, ANGLES, endpoint=False, dtype=np.float32)
        radius *= 0.95 + 0.11 * np.abs(np.sin(phase + np.float32(rng.uniform(0, np.pi))))
    if "angular" in margin:
        radius *= _corners(rng, int(rng.integers(5, 8)))
    if "spiculated" in margin:
        radius += _spikes(rng, int(rng.integers(11, 18)), float(body.mean()))
        edge += 0.7
    if "indistinct" in margin:
        edge[:] = 0.16 * float(body.mean()) + 3.0
    if "partly circumscribed" in margin:
        side = np.cos(np.linspace(0, 2 * np.pi, ANGLES, endpoint=False) - rng.uniform(0, 2 * np.pi))
        edge += ((0.14 * float(body.mean()) + 2.0) * np.clip(1.5 * side + 0.3, 0, 1)).astype(np.float32)
    return radius.astype(np.float32), edge


def _corners(rng: np.random.Generator, count: int) -> FloatImage:
    """Factor that makes a polygon of a circle: sharp corners, straight sides."""
    corners = np.sort((np.arange(count) + rng.uniform(-0.28, 0.28, count)) * (2 * np.pi / count)) % (2 * np.pi)
    reach = rng.uniform(1.0, 1.3, count)
    x, y = reach * np.cos(corners), reach * np.sin(corners)
    angle = np.linspace(0, 2 * np.pi, ANGLES, endpoint=False)
    factor = np.full(ANGLES, np.inf)
    for i in range(count):
        j = (i + 1) % count
        # the side's line n . p = c meets the ray at c / (n . direction)
        nx, ny = y[j] - y[i], x[i] - x[j]
        along = nx * np.cos(angle) + ny * np.sin(angle)
        meets = np.where(along > 1e-6, (nx * x[i] + ny * y[i]) / np.maximum(along, 1e-6), np.inf)
        factor = np.minimum(factor, np.where(meets > 0, meets, np.inf))
    return np.asarray(np.clip(factor, 0.6, 1.35), dtype=np.float32)


def _spikes(rng: np.random.Generator, count: int, size: float) -> FloatImage:
    """Thin spikes that stand out of the edge, in pixels."""
    angle = np.arange(ANGLES)
    spikes = np.zeros(ANGLES, dtype=np.float32)
    for place in (np.arange(count) + rng.uniform(-0.35, 0.35, count)) * ANGLES / count:
        away = np.abs((angle - place + ANGLES / 2) % ANGLES - ANGLES / 2)
        height, width = size * rng.uniform(0.22, 0.55), ANGLES * rng.uniform(0.008, 0.014)
        spikes = np.maximum(spikes, (height * np.clip(1 - away / width, 0, None)).astype(np.float32))
    return spikes
