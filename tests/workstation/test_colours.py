"""Contrast of the themes' colours, by the published formula's own examples and for every pair in use."""

from __future__ import annotations

import pytest

from workstation.colours import THEMES, contrast

WORDS = ("text", "dim", "accent", "caution", "failure")
GROUNDS = ("window", "panel", "raised", "hover", "accent_soft")


def test_contrast_of_known_pairs() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21.0)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)
    assert contrast("#123456", "#123456") == 1.0


@pytest.mark.parametrize("theme", THEMES)
def test_words_are_readable_on_every_ground(theme: str) -> None:
    c = THEMES[theme].by_role()
    poor = [(w, g) for w in WORDS for g in GROUNDS if contrast(c[w], c[g]) < 4.5]
    assert not poor
    assert contrast(c["on_accent"], c["accent"]) >= 4.5
    assert contrast(c["on_canvas"], c["canvas"]) >= 4.5


@pytest.mark.parametrize("theme", THEMES)
def test_edges_of_what_can_be_touched_are_visible(theme: str) -> None:
    c = THEMES[theme].by_role()
    assert all(contrast(c["edge"], c[g]) >= 3.0 for g in ("window", "panel", "raised"))
