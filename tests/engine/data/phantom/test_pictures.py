"""What the pictures show must follow what was drawn, at the size that a model sees."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest
from scipy.stats import spearmanr

from engine.data.phantom.breast import SHAPE, breast_views
from engine.data.phantom.fields import soft_step
from engine.data.phantom.latents import ANATOMY, Latents, draw, stream
from engine.data.phantom.lesion import texture_contrast_db
from engine.data.phantom.outline import Outline, draw_outline
from engine.data.phantom.tissue import breast_layers

TASK, SEED, CASES = "breast_lesion", 77, 120
SMALL = (128, round(128 * SHAPE[0] / SHAPE[1]))
COLOURED = 60
"""Difference between channels from which a pixel counts as coloured."""


def _outline(index: int, latents: Latents) -> Outline:
    """The outline that the case's pictures are drawn with: the same draws in the same order."""
    anatomy = stream(TASK, SEED, index, ANATOMY)
    anatomy.uniform(size=1), anatomy.uniform(size=1), anatomy.uniform(size=1)
    breast_layers(anatomy, SHAPE)
    return draw_outline(anatomy, SHAPE, latents)


def _plain(**terms: str) -> Latents:
    """A hypoechoic oval, with other terms where given."""
    latents = draw(TASK, SEED, 0)
    usual = {
        "shape": "oval", "margin": "circumscribed", "orientation": "parallel", "echo_pattern": "hypoechoic",
        "posterior_features": "none", "calcification": "none", "calcification_site": "none",
        "vessel_count": "0", "vessel_pattern": "none",
    }  # fmt: skip
    return replace(latents, terms={**latents.terms, **usual, **terms}, values={"texture": -1.5})


def _inside(outline: Outline, shrink: float = 8.0) -> np.ndarray:
    return outline.distance(SHAPE)[0] < -shrink


def _grey(index: int, latents: Latents, modality: str = "bmode") -> np.ndarray:
    return breast_views(SEED, index, latents)[modality].frame[..., 0].astype(np.float32)


@pytest.fixture(scope="module")
def cases() -> list[tuple[Latents, dict]]:
    drawn = [draw(TASK, SEED, i) for i in range(CASES)]
    return [(d, breast_views(SEED, i, d)) for i, d in enumerate(drawn)]


def test_texture_latent_can_be_read_from_the_lesion(cases: list[tuple[Latents, dict]]) -> None:
    contrast = []
    for index, (latents, views) in enumerate(cases):
        inside = cv2.resize(_inside(_outline(index, latents)).astype(np.float32), SMALL, interpolation=cv2.INTER_AREA)
        small = cv2.resize(views["bmode"].frame[..., 0], SMALL, interpolation=cv2.INTER_AREA).astype(np.float32)
        weight = (inside > 0.95).astype(np.float32)
        around = cv2.GaussianBlur(small * weight, (0, 0), 9) / np.maximum(cv2.GaussianBlur(weight, (0, 0), 9), 1e-3)
        contrast.append((cv2.GaussianBlur(small, (0, 0), 1) - around)[weight > 0].std())
    latent = [latents.values["texture"] for latents, _ in cases]
    assert spearmanr(latent, contrast).statistic > 0.85


def test_colour_frame_does_not_show_the_texture_latent() -> None:
    low, high = (replace(_plain(), values={"texture": z}) for z in (-2.5, 2.5))
    np.testing.assert_array_equal(
        breast_views(SEED, 3, low)["doppler"].frame, breast_views(SEED, 3, high)["doppler"].frame
    )
    assert not np.array_equal(breast_views(SEED, 3, low)["bmode"].frame, breast_views(SEED, 3, high)["bmode"].frame)


def test_bmode_does_not_show_vessels_or_the_examination() -> None:
    other = _plain(vessel_count="5", vessel_pattern="penetrating", location="central", composition="mixed")
    one, two = (breast_views(SEED, 4, latents)["bmode"].frame for latents in (_plain(), other))
    np.testing.assert_array_equal(one, two)


def test_number_of_coloured_pieces_is_the_number_of_vessels(cases: list[tuple[Latents, dict]]) -> None:
    right = 0
    for latents, views in cases:
        frame = views["doppler"].frame.astype(int)
        coloured = (frame.max(axis=2) - frame.min(axis=2) > COLOURED).astype(np.uint8)
        _, _, stats, _ = cv2.connectedComponentsWithStats(coloured)
        right += int((stats[1:, cv2.CC_STAT_AREA] > 60).sum()) == int(latents.terms["vessel_count"])
    assert right >= 0.95 * CASES


@pytest.mark.parametrize(("pattern", "nearest", "farthest"), [("peripheral", 0.9, 1.25), ("internal", 0.1, 0.95)])
def test_vessels_lie_where_their_pattern_says(pattern: str, nearest: float, farthest: float) -> None:
    latents = _plain(vessel_count="4", vessel_pattern=pattern)
    frame = breast_views(SEED, 6, latents)["doppler"].frame.astype(int)
    rows, columns = np.nonzero(frame.max(axis=2) - frame.min(axis=2) > COLOURED)
    part = _relative(_outline(6, latents), rows, columns)
    assert nearest < np.percentile(part, 5)
    assert np.percentile(part, 95) < farthest


def test_penetrating_vessels_cross_the_edge() -> None:
    latents = _plain(vessel_count="3", vessel_pattern="penetrating")
    frame = breast_views(SEED, 6, latents)["doppler"].frame.astype(int)
    rows, columns = np.nonzero(frame.max(axis=2) - frame.min(axis=2) > COLOURED)
    part = _relative(_outline(6, latents), rows, columns)
    assert np.percentile(part, 5) < 0.8
    assert np.percentile(part, 95) > 1.2


def _relative(outline: Outline, rows: np.ndarray, columns: np.ndarray) -> np.ndarray:
    """Distance from the centre as a part of the body's radius in that direction."""
    x, y = columns - outline.column, rows - outline.row
    place = (np.arctan2(y, x) % (2 * np.pi) / (2 * np.pi) * len(outline.body)).astype(int) % len(outline.body)
    return np.hypot(x, y) / outline.body[place]


def test_echo_patterns_are_in_order() -> None:
    levels = []
    for term in ("anechoic", "hypoechoic", "isoechoic", "hyperechoic"):
        latents = _plain(echo_pattern=term)
        levels.append(_grey(1, latents)[_inside(_outline(1, latents))].mean())
    assert levels == sorted(levels)
    assert min(np.diff(levels)) > 12


def test_behind_the_lesion_it_is_brighter_or_darker_as_stated() -> None:
    latents = _plain()
    outline = _outline(2, latents)
    columns = slice(round(outline.column) - 15, round(outline.column) + 15)
    below = slice(
        round(outline.row + float(outline.body.min())) + 18, round(outline.row + float(outline.body.min())) + 50
    )
    level = {
        term: _grey(2, _plain(posterior_features=term))[below, columns].mean()
        for term in ("none", "enhancement", "shadowing")
    }
    assert level["enhancement"] > level["none"] + 20
    assert level["shadowing"] < level["none"] - 30


@pytest.mark.parametrize(("site", "share_inside"), [("in mass", 1.0), ("outside mass", 0.0), ("intraductal", 0.0)])
def test_microcalcifications_are_bright_points_at_their_site(site: str, share_inside: float) -> None:
    latents = _plain(calcification="micro", calcification_site=site)
    outline = _outline(5, latents)
    bright = _grey(5, latents) - _grey(5, _plain()) > 60
    assert 4 <= cv2.connectedComponents(bright.astype(np.uint8))[0] - 1 <= 20
    assert _inside(outline, 0.0)[bright].mean() == pytest.approx(share_inside, abs=0.15)


def test_upright_lesions_are_taller_than_wide() -> None:
    for index in range(20):
        for orientation in ("parallel", "not parallel"):
            body = _outline(index, _plain(orientation=orientation)).body
            width, height = body[0] + body[len(body) // 2], body[len(body) // 4] + body[3 * len(body) // 4]
            assert (height > width) == (orientation == "not parallel")
            assert 0.2 * SHAPE[1] < width < 0.62 * SHAPE[1]


def test_margins_differ_in_roughness_and_width_of_the_edge() -> None:
    def rough(margin: str) -> float:
        outline = _outline(8, _plain(margin=margin))
        return float(np.std(outline.radius / outline.body))

    smooth = rough("circumscribed")
    assert all(rough(m) > smooth + 0.02 for m in ("microlobulated", "angular", "spiculated"))
    assert _outline(8, _plain(margin="indistinct")).edge.min() > 5 * _outline(8, _plain()).edge.max()
    partly = _outline(8, _plain(margin="partly circumscribed")).edge
    assert partly.max() > 4 * partly.min()


def test_texture_contrast_rises_with_the_latent() -> None:
    assert np.all(np.diff([texture_contrast_db(z) for z in np.linspace(-4, 4, 81)]) > 0)


def test_soft_step_falls_from_one_to_zero() -> None:
    np.testing.assert_allclose(soft_step(np.array([-50, 0, 50], dtype=np.float32), 2.0), [1, 0.5, 0], atol=1e-6)


def test_frames_of_a_cine_differ_in_speckle_but_not_in_tissue() -> None:
    view = breast_views(SEED, 0, _plain(), neighbours=1)["bmode"]
    (before,), (after,) = view.cine
    np.testing.assert_array_equal(view.frame, breast_views(SEED, 0, _plain())["bmode"].frame)
    for frame in (before, after):
        assert not np.array_equal(frame, view.frame)
        blurred = [cv2.GaussianBlur(f[..., 0].astype(np.float32), (0, 0), 8) for f in (frame, view.frame)]
        assert np.corrcoef(blurred[0].ravel(), blurred[1].ravel())[0, 1] > 0.95
