"""Caliper crosses and burned-in text, drawn once and stamped on training images, so that no model leans on them."""

from __future__ import annotations

from functools import lru_cache

import cv2
import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

OVERLAYS = 96
"""Different overlays."""
_SEED = 20
_WORDS = ("LEFT BREAST", "RT BREAST", "3 CM FN", "10:00", "AXILLA", "TRANS", "LONG", "RAD", "UOQ", "MI 1.1", "L12-5")


@lru_cache(maxsize=4)
def overlay_bank(size: int, device: torch.device) -> Tensor:
    """(OVERLAYS, size, size) uint8, 255 where something is drawn; always the same."""
    rng = np.random.default_rng(_SEED)
    return torch.from_numpy(np.stack([_overlay(size, rng) for _ in range(OVERLAYS)])).to(device)


def _overlay(size: int, rng: np.random.Generator) -> npt.NDArray[np.uint8]:
    canvas = np.zeros((size, size), np.uint8)
    kind = rng.integers(3)
    if kind != 1:
        _calipers(canvas, rng)
    if kind != 0:
        _text(canvas, rng)
    return canvas


def _calipers(canvas: npt.NDArray[np.uint8], rng: np.random.Generator) -> None:
    """One or two pairs of crosses, some joined by a dotted line, as a distance measurement leaves them."""
    size = len(canvas)
    arm = max(2, round(size * rng.uniform(0.012, 0.03)))
    for _ in range(rng.integers(1, 3)):
        ends = rng.uniform(0.12, 0.88, (2, 2)) * size
        for x, y in ends.astype(int).tolist():
            cv2.line(canvas, (x - arm, y), (x + arm, y), 255, 1)
            cv2.line(canvas, (x, y - arm), (x, y + arm), 255, 1)
        if rng.random() < 0.5:
            steps = np.linspace(ends[0], ends[1], max(2, round(float(np.hypot(*(ends[1] - ends[0]))) / 4))).astype(int)
            canvas[steps[:, 1], steps[:, 0]] = 255


def _text(canvas: npt.NDArray[np.uint8], rng: np.random.Generator) -> None:
    """A few short lines, mostly near an edge, of measurements or of where the probe was."""
    size = len(canvas)
    scale = size / 128 * rng.uniform(0.22, 0.34)
    step = max(6, round(34 * scale))
    x, y = int(rng.uniform(0.02, 0.6) * size), int(rng.choice([rng.uniform(0.06, 0.2), rng.uniform(0.7, 0.95)]) * size)
    for line in range(rng.integers(1, 4)):
        words = f"{line + 1} D {rng.uniform(0.3, 4.0):.2f} cm" if rng.random() < 0.5 else str(rng.choice(_WORDS))
        cv2.putText(canvas, words, (x, y + line * step), cv2.FONT_HERSHEY_SIMPLEX, scale, 255, 1, cv2.LINE_AA)
