"""The acoustic sketch against what is known of speckle."""

from __future__ import annotations

import numpy as np
import pytest

from engine.data.phantom.speckle import Beam, _convolved, picture, scatterers

SHAPE = (272, 320)


def test_envelope_of_uniform_tissue_is_rayleigh() -> None:
    echo = _convolved(scatterers(np.random.default_rng(1), SHAPE), Beam(focus=0.5))
    envelope = np.hypot(echo[..., 0], echo[..., 1])[20:-20, 20:-20]
    # mean over standard deviation of a Rayleigh variable: sqrt(pi / (4 - pi)) = 1.913
    assert envelope.mean() / envelope.std() == pytest.approx(1.913, abs=0.06)


def test_speckle_widens_away_from_the_focus() -> None:
    echo = _convolved(scatterers(np.random.default_rng(2), SHAPE), Beam(focus=0.4))
    field = echo[..., 0] + 1j * echo[..., 1]

    def neighbour_correlation(rows: slice) -> float:
        part = field[rows]
        return float(np.abs(np.mean(part[:, :-4] * np.conj(part[:, 4:]))) / np.mean(np.abs(part) ** 2))

    at_focus, deep = neighbour_correlation(slice(95, 125)), neighbour_correlation(slice(240, 272))
    assert deep > at_focus + 0.2


def test_mean_level_does_not_depend_on_the_blur() -> None:
    echo = _convolved(scatterers(np.random.default_rng(3), SHAPE), Beam(focus=0.5))
    power = (echo**2).sum(axis=2).mean(axis=1)
    at_zones = [power[round(k * 271 / 4) - 3 : round(k * 271 / 4) + 4].mean() for k in range(1, 4)]
    np.testing.assert_allclose(at_zones, 2.0, rtol=0.25)


def test_grey_level_is_linear_in_db() -> None:
    field = scatterers(np.random.default_rng(4), SHAPE)
    beam = Beam(focus=0.5, dynamic_range_db=60.0)
    levels = [picture(np.full(SHAPE, db, dtype=np.float32), field, beam, []).mean() for db in (-18.0, -12.0, -6.0)]
    np.testing.assert_allclose(np.diff(levels), 6.0 * 255 / 60, rtol=0.12)


def test_noise_rises_with_depth() -> None:
    silence = np.full(SHAPE, -80.0, dtype=np.float32)
    noise = picture(silence, scatterers(np.random.default_rng(5), SHAPE), Beam(focus=0.5, gain_db=15.0), [])
    assert noise[-40:].mean() > noise[:40].mean() + 20


def test_point_scatterer_shows_where_it_is() -> None:
    silence = np.full(SHAPE, -80.0, dtype=np.float32)
    frame = picture(silence, scatterers(np.random.default_rng(6), SHAPE), Beam(focus=0.5), [(100, 200, 25.0)])
    assert np.unravel_index(np.argmax(frame), frame.shape) == (100, 200)
