"""Colours of the scales beside a picture: grey, flow velocity, stiffness."""

from __future__ import annotations

from typing import Literal, TypeAlias

import cv2
import numpy as np
import numpy.typing as npt

from engine.data.phantom.fields import FloatImage

Palette: TypeAlias = Literal["grey", "flow", "stiffness"]
STIFFNESS_TOP_KPA = 30.0
"""Stiffness at the top of the elastogram's scale."""


def flow_colours(velocity: FloatImage) -> npt.NDArray[np.uint8]:
    """(..., 3) uint8 RGB of velocities in -1 to 1: red to yellow towards the probe, blue to cyan away from it."""
    speed = np.abs(velocity)
    strong = np.clip(80 + 260 * speed, 0, 255)
    weak = np.clip(300 * (speed - 0.35), 0, 235)
    towards = velocity > 0
    red = np.where(towards, strong, 0)
    blue = np.where(towards, 0, strong)
    return np.asarray(np.stack([red, weak, blue], axis=-1), dtype=np.uint8)


def stiffness_colours(part: npt.NDArray[np.floating]) -> npt.NDArray[np.uint8]:
    """(rows, columns, 3) uint8 RGB of stiffness as a part of the scale's top: blue is soft, red is stiff."""
    level = np.clip(part * 255, 0, 255).astype(np.uint8)
    return np.asarray(cv2.cvtColor(cv2.applyColorMap(level, cv2.COLORMAP_JET), cv2.COLOR_BGR2RGB), dtype=np.uint8)


def scale_colours(palette: Palette, length: int) -> npt.NDArray[np.uint8]:
    """(length, 3) uint8 RGB of a scale from its top value down."""
    level = np.linspace(1.0, 0.0, length, dtype=np.float32)
    if palette == "stiffness":
        return stiffness_colours(level[:, None])[:, 0]
    if palette == "grey":
        return np.repeat((level * 255).astype(np.uint8)[:, None], 3, axis=1)
    strip = flow_colours(2 * level - 1)
    strip[np.abs(2 * level - 1) < 0.06] = 0
    return strip
