"""What the stored samples of the tests look like on screen, by the formulas of the standard in real numbers."""

from __future__ import annotations

import numpy as np


def rounded(values: np.ndarray) -> np.ndarray:
    """To (..., 3) uint8; grey gets three equal channels."""
    clipped = np.floor(np.clip(values, 0, 255) + 0.5).astype(np.uint8)
    return clipped if clipped.shape[-1] == 3 else np.repeat(clipped, 3, axis=-1)


def ybr_full(samples: np.ndarray) -> np.ndarray:
    """ITU-R BT.601, full range (PS3.3 C.7.6.3.1.2)."""
    y, cb, cr = (samples[..., n].astype(np.float64) for n in range(3))
    cb, cr = cb - 128, cr - 128
    red, blue = y + 1.402 * cr, y + 1.772 * cb
    green = (y - 0.299 * red - 0.114 * blue) / 0.587
    return rounded(np.stack([red, green, blue], axis=-1))


def ybr_partial(samples: np.ndarray) -> np.ndarray:
    """ITU-R BT.601 with 16 to 235 for black to white."""
    scaled = samples.astype(np.float64)
    y = (scaled[..., 0] - 16) / 219 * 255
    cb, cr = (scaled[..., 1] - 128) / 224 * 255, (scaled[..., 2] - 128) / 224 * 255
    red, blue = y + 1.402 * cr, y + 1.772 * cb
    green = (y - 0.299 * red - 0.114 * blue) / 0.587
    return rounded(np.stack([red, green, blue], axis=-1))


def window(samples: np.ndarray, center: float, width: float) -> np.ndarray:
    """Linear window (PS3.3 C.11.2.1.2.1), its three branches as they are printed there."""
    x = samples.astype(np.float64)
    inside = ((x - (center - 0.5)) / (width - 1) + 0.5) * 255
    low, high = x <= center - 0.5 - (width - 1) / 2, x > center - 0.5 + (width - 1) / 2
    return rounded(np.where(low, 0.0, np.where(high, 255.0, inside)))
