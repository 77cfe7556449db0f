"""Window and level of a picture: which grey values are spread over the screen's range (DICOM PS3.3 C.11.2.1.2)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from workstation.words import later, tr


@dataclass(frozen=True, kw_only=True)
class WindowLevel:
    """`width` grey values around `centre` fill the screen's range; both in stored grey values, 0 to 255."""

    width: float = 256.0
    centre: float = 128.0

    def moved(self, right: float, up: float) -> WindowLevel:
        """After a drag: right widens, up raises the centre (darker picture)."""
        width = min(max(self.width + right, 2.0), 512.0)
        centre = min(max(self.centre + up, 0.0), 255.0)
        return WindowLevel(width=width, centre=centre)

    @property
    def is_default(self) -> bool:
        return self == WindowLevel()

    def table(self) -> npt.NDArray[np.uint8]:
        """(256,) uint8: stored value -> shown value."""
        values = np.arange(256, dtype=np.float64)
        shown = (values - (self.centre - 0.5)) / (self.width - 1.0) + 0.5
        return np.clip(np.rint(shown * 255.0), 0, 255).astype(np.uint8)

    def applied(self, pixels: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
        """(H, W, 3) uint8 as shown; the very pixels when nothing changes."""
        return pixels if self.is_default else self.table()[pixels]

    def __str__(self) -> str:
        return tr("W {width:.0f}  L {centre:.0f}", width=self.width, centre=self.centre)


@dataclass(frozen=True, kw_only=True)
class Preset:
    name: str
    window: WindowLevel


PRESETS = (
    Preset(name=later("As stored"), window=WindowLevel()),
    Preset(name=later("Dark lesion"), window=WindowLevel(width=128, centre=64)),
    Preset(name=later("Soft"), window=WindowLevel(width=380, centre=128)),
    Preset(name=later("High contrast"), window=WindowLevel(width=120, centre=110)),
)
