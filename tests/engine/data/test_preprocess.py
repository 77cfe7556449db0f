"""What the model sees: the crop, the padding and the way back to the frame."""

from __future__ import annotations

import numpy as np
import pytest

from engine.data.preprocess import prepare
from engine.domain.case import Box, UltrasoundImage


def image(modality: str, rows: int, columns: int, crop: Box | None) -> UltrasoundImage:
    return UltrasoundImage(path="x", modality=modality, why="", rows=rows, columns=columns, crop=crop)


@pytest.mark.parametrize("crop", [Box(20, 10, 120, 60), Box(20, 10, 70, 110), None])
def test_a_mark_in_the_frame_is_found_where_the_placement_says(crop: Box | None) -> None:
    frame = np.zeros((120, 200, 3), np.uint8)
    frame[38:43, 58:63] = 255
    got = prepare(image("bmode", 120, 200, crop), frame, 64)
    rows, columns = np.nonzero(got.pixels[..., 0] > 127)
    x = got.x0 + (columns.mean() + 0.5) / 64 * (got.x1 - got.x0)
    y = got.y0 + (rows.mean() + 0.5) / 64 * (got.y1 - got.y0)
    assert (x, y) == pytest.approx((60.5, 40.5), abs=1.5)
    assert got.x1 - got.x0 == pytest.approx(got.y1 - got.y0)


def test_aspect_is_kept_by_padding_not_stretching() -> None:
    frame = np.full((50, 100, 3), 200, np.uint8)
    got = prepare(image("bmode", 50, 100, None), frame, 40)
    assert (got.pixels[10:30] == 200).all() and (got.pixels[:10] == 0).all() and (got.pixels[30:] == 0).all()


def test_bmode_is_grey_and_doppler_keeps_its_colour() -> None:
    frame = np.zeros((32, 32, 3), np.uint8)
    frame[..., 0] = 255
    assert np.ptp(prepare(image("bmode", 32, 32, None), frame, 16).pixels, axis=2).max() == 0
    assert (prepare(image("doppler", 32, 32, None), frame, 16).pixels == (255, 0, 0)).all()


def test_a_crop_beyond_the_frame_is_clipped() -> None:
    frame = np.full((32, 32, 3), 9, np.uint8)
    got = prepare(image("bmode", 32, 32, Box(-5, -5, 99, 99)), frame, 32)
    assert (got.x0, got.y0, got.x1, got.y1) == (0, 0, 32, 32)
