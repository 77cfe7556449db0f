"""Colours of evidence maps: one scale for every picture of a model, readable by colour-blind eyes."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from engine.domain.prediction import Heatmap

_STOPS = [
    "#440154",
    "#481a6c",
    "#472f7d",
    "#414487",
    "#39568c",
    "#31688e",
    "#2a788e",
    "#23888e",
    "#1f988b",
    "#22a884",
    "#35b779",
    "#54c568",
    "#7ad151",
    "#a5db36",
    "#d2e21b",
    "#fde725",
]
"""Viridis at sixteen places (S. van der Walt, N. Smith; CC0): lightness rises evenly, so it reads without hue too."""

STRONGEST_ALPHA = 0.85
DRAWN_SIDE = 128
"""Values are interpolated to about this many cells before they are coloured, so no colour is invented between two."""


def colour_table() -> npt.NDArray[np.uint8]:
    """(256, 4) uint8 RGBA from no evidence (transparent) to full scale."""
    stops = np.array([[int(s[i : i + 2], 16) for i in (1, 3, 5)] for s in _STOPS], dtype=np.float64)
    position = np.linspace(0.0, 1.0, 256)
    knots = np.linspace(0.0, 1.0, len(stops))
    table = np.empty((256, 4), dtype=np.uint8)
    for channel in range(3):
        table[:, channel] = np.rint(np.interp(position, knots, stops[:, channel]))
    table[:, 3] = np.rint(np.clip(position / 0.35, 0.0, 1.0) * STRONGEST_ALPHA * 255)
    return table


_TABLE = colour_table()


def coloured(heatmap: Heatmap) -> npt.NDArray[np.uint8]:
    """(H, W, 4) uint8 RGBA on the absolute scale: 0 is transparent, `full_scale` log-odds and more is yellow."""
    values = refined(heatmap.values, max(1, DRAWN_SIDE // max(heatmap.values.shape)))
    share = np.clip(values / heatmap.full_scale, 0.0, 1.0)
    return _TABLE[np.rint(share * 255).astype(np.uint8)]


def refined(values: npt.NDArray[np.float32], factor: int) -> npt.NDArray[np.float32]:
    """Values between the cells by bilinear interpolation, (h * factor, w * factor); peaks keep their height."""
    for axis in (0, 1):
        n = values.shape[axis]
        at = np.clip((np.arange(n * factor) + 0.5) / factor - 0.5, 0, n - 1)
        low = np.floor(at).astype(np.intp)
        high = np.minimum(low + 1, n - 1)
        share = (at - low).astype(np.float32)
        share = share[:, None] if axis == 0 else share[None, :]
        values = np.take(values, low, axis) * (1 - share) + np.take(values, high, axis) * share
    return values
