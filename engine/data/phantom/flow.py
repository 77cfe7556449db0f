"""The colour-flow overlay: vessels as curved tubes whose number and pattern follow the latents."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from engine.data.phantom.fields import FloatImage, smooth_curve
from engine.data.phantom.latents import Latents
from engine.data.phantom.outline import Outline
from engine.data.phantom.palettes import flow_colours
from engine.domain.case import Box

SHIFT = 4
"""Fractional bits of cv2's drawing coordinates."""


@dataclass(frozen=True, kw_only=True)
class Flow:
    """Velocity towards (+) or away from (-) the probe as a part of the Nyquist velocity, and the colour box.

    Attributes
    ----------
    velocity : (rows, columns) float32 in -1 to 1, 0 where no flow is shown.
    """

    velocity: FloatImage
    box: Box


def draw_flow(rng: np.random.Generator, shape: tuple[int, int], outline: Outline, latents: Latents) -> Flow:
    """Flow of the drawn number of vessels in the drawn pattern. Speeds stay below Nyquist: no aliasing."""
    box = _colour_box(shape, outline)
    velocity, scale = np.zeros(shape, dtype=np.float32), 0.5
    small = (round(shape[0] * scale), round(shape[1] * scale))  # colour has fewer lines and samples than grey
    count, pattern = int(latents.terms["vessel_count"]), latents.terms["vessel_pattern"]
    start = rng.uniform(0, 2 * np.pi)
    velocity = np.zeros(small, dtype=np.float32)
    for i in range(count):
        angle = start + 2 * np.pi * (i + rng.uniform(-0.16, 0.16)) / max(count, 1)
        speed = rng.uniform(0.45, 0.85) * (1 if rng.random() < 0.5 else -1)
        _add_vessel(rng, velocity, _centreline(rng, outline, pattern, angle) * scale, rng.uniform(3.3, 4.2), speed)
    grain = rng.standard_normal(small, dtype=np.float32)
    velocity = cv2.GaussianBlur(velocity * np.clip(1 + 0.28 * grain, 0.25, 1.2), (0, 0), 0.6)
    shown = cv2.resize(velocity, (shape[1], shape[0]), interpolation=cv2.INTER_LINEAR)
    shown[np.abs(shown) < 0.10] = 0.0  # wall filter
    gated = np.zeros_like(shown)
    gated[box.y0 : box.y1, box.x0 : box.x1] = np.clip(shown, -0.98, 0.98)[box.y0 : box.y1, box.x0 : box.x1]
    return Flow(velocity=gated, box=box)


def _colour_box(shape: tuple[int, int], outline: Outline) -> Box:
    """The lesion with a margin, at least 12 pixels off the picture's edge."""
    reach_x, reach_y = float(outline.body.max()) * 1.55 + 14, float(outline.body.max()) * 1.30 + 14
    reach_y = min(reach_y, 0.40 * shape[0])
    x0, x1 = max(12, outline.column - reach_x), min(shape[1] - 12, outline.column + reach_x)
    y0, y1 = max(22, outline.row - reach_y), min(shape[0] - 14, outline.row + reach_y)
    return Box(round(x0), round(y0), round(x1), round(y1))


def _centreline(rng: np.random.Generator, outline: Outline, pattern: str, angle: float) -> FloatImage:
    """(points, 2) columns and rows of one vessel's course."""
    t = np.linspace(0, 1, 14)
    bend = rng.uniform(-0.22, 0.22)
    if pattern == "peripheral":
        angles, parts = angle + (t - 0.5) * rng.uniform(0.55, 0.7), 1.06 + 0.05 * np.sin(np.pi * t) + 0 * t
    elif pattern == "internal":
        angles, parts = angle + (t - 0.5) * 0.5 + bend * np.sin(2 * np.pi * t), 0.30 + 0.42 * t
    else:  # penetrating: from outside through the edge towards the centre
        angles, parts = angle + bend * np.sin(np.pi * t), 1.42 - 0.87 * t
    return np.asarray([outline.point(float(a), float(p)) for a, p in zip(angles, parts, strict=True)], dtype=np.float32)


def _add_vessel(rng: np.random.Generator, velocity: FloatImage, line: FloatImage, width: float, speed: float) -> None:
    """Laminar flow, the fastest in the middle: each piece of the tube is a disc of falling speed; the ends are thin."""
    fine = cv2.resize(line, (2, 4 * len(line)), interpolation=cv2.INTER_LINEAR)
    along = np.linspace(0, np.pi, len(fine))
    radius = 0.5 * width * (0.62 + 0.38 * np.sin(along)) * (1 + 0.10 * smooth_curve(rng, len(fine), 6))
    for part, share in ((1.0, 0.35), (0.72, 0.65), (0.42, 1.0)):
        for (x, y), r in zip(fine, radius, strict=True):
            at = (round(float(x) * (1 << SHIFT)), round(float(y) * (1 << SHIFT)))
            cv2.circle(velocity, at, round(float(r) * part * (1 << SHIFT)), speed * share, -1, cv2.LINE_8, SHIFT)


def overlaid(grey: npt.NDArray[np.uint8], flow: Flow) -> npt.NDArray[np.uint8]:
    """(rows, columns, 3) uint8 RGB: colour where flow is shown, grey elsewhere, and the outline of the colour box."""
    frame = np.asarray(cv2.cvtColor(grey, cv2.COLOR_GRAY2RGB), dtype=np.uint8)
    moving = flow.velocity != 0
    frame[moving] = flow_colours(flow.velocity[moving])
    box = flow.box
    cv2.rectangle(frame, (box.x0, box.y0), (box.x1 - 1, box.y1 - 1), (200, 200, 200), 1)
    return frame
