"""The product's colours by role, in a dark and a light set, and how contrast is measured (WCAG 2.1, 1.4.3)."""

from __future__ import annotations

from dataclasses import dataclass, fields


@dataclass(frozen=True, kw_only=True)
class Colours:
    """One colour per role, as "#rrggbb". There is one accent; amber and red speak of caution and failure only.

    Attributes
    ----------
    name : of the theme.
    window, panel, raised : backgrounds, from the deepest to what can be touched.
    line : borders that need not be read; edge: borders of what can be touched (3:1 against its background).
    text, dim : words and lesser words on any of the backgrounds.
    accent : marks and selected things on backgrounds; on_accent: words on it.
    caution, failure : words and marks.
    canvas, on_canvas : behind and over pictures, in both themes alike.
    """

    name: str
    window: str
    panel: str
    raised: str
    hover: str
    line: str
    edge: str
    text: str
    dim: str
    accent: str
    on_accent: str
    accent_soft: str
    caution: str
    failure: str
    canvas: str = "#000000"
    on_canvas: str = "#c9d1db"

    def by_role(self) -> dict[str, str]:
        return {f.name: getattr(self, f.name) for f in fields(self) if f.name != "name"}


DARK = Colours(
    name="dark",
    window="#0d1014",
    panel="#14181e",
    raised="#1e242c",
    hover="#28303a",
    line="#262d36",
    edge="#66717f",
    text="#e8ecf1",
    dim="#a2adba",
    accent="#5cc4c9",
    on_accent="#06181a",
    accent_soft="#17353a",
    caution="#f0bd5a",
    failure="#ff9a8f",
)

LIGHT = Colours(
    name="light",
    window="#e9edf1",
    panel="#f7f9fb",
    raised="#ffffff",
    hover="#e3eaef",
    line="#d3dae1",
    edge="#7b8794",
    text="#161c23",
    dim="#4c5865",
    accent="#0b6e77",
    on_accent="#ffffff",
    accent_soft="#d3ebec",
    caution="#7d5200",
    failure="#a8261a",
)

THEMES = {"dark": DARK, "light": LIGHT}


def luminance(colour: str) -> float:
    """Relative luminance of "#rrggbb" in [0, 1]."""
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    """Contrast ratio of two colours, 1 to 21."""
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)
