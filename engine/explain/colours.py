"""Colours of evidence maps: one scale for every picture, readable with any colour vision."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt


def evidence_colours() -> npt.NDArray[np.uint8]:
    """(256, 3) uint8 RGB from no evidence to full scale.

    Viridis: lightness rises evenly, so that it reads with every kind of colour blindness and in a grey print, and it
    holds none of the red and blue of colour Doppler.
    """
    ramp = np.arange(256, dtype=np.uint8).reshape(256, 1)
    return np.ascontiguousarray(cv2.applyColorMap(ramp, cv2.COLORMAP_VIRIDIS)[:, 0, ::-1])


def coloured(values: npt.NDArray[np.float32], full_scale: float) -> npt.NDArray[np.uint8]:
    """(H, W) log-odds to (H, W, 3) uint8 RGB; below zero as zero, above `full_scale` as full scale."""
    steps = np.clip(values / full_scale * 255.0, 0.0, 255.0).astype(np.uint8)
    painted: npt.NDArray[np.uint8] = evidence_colours()[steps]
    return painted
