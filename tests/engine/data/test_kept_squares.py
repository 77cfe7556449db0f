"""Squares that are kept from the opening of a folder: the same numbers, once, within a bound, and never stale."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

from engine.data.decoding import DecoderPool
from engine.data.folder import open_folder
from engine.data.kept_squares import KeptSquares, stamp_of
from engine.data.phantom import generate
from engine.data.preprocess import Prepared, prepare
from engine.domain.case import UltrasoundImage
from engine.domain.task import load_task


def image(path: Path, modality: str) -> UltrasoundImage:
    return UltrasoundImage(path=str(path), modality=modality, why="", rows=40, columns=60, frame=0)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "a.dcm"
    path.write_bytes(b"something")
    return path


@pytest.mark.parametrize("modality", ["bmode", "doppler"])
def test_the_same_square_comes_back_once(file: Path, modality: str) -> None:
    shown = image(file, modality)
    frame = np.random.default_rng(0).integers(0, 256, (40, 60, 3), dtype=np.uint8)
    square, kept = prepare(shown, frame, 32), KeptSquares()
    kept.keep([shown], [square], 32, stamp_of(str(file)))
    assert kept.bytes == 32 * 32 * (1 if modality == "bmode" else 3)
    assert kept.take(shown, 64) is None
    again = kept.take(shown, 32)
    assert again is not None and np.array_equal(again.pixels, square.pixels) and again.pixels.flags.c_contiguous
    assert (again.x0, again.y0, again.x1, again.y1) == (square.x0, square.y0, square.x1, square.y1)
    assert kept.take(shown, 32) is None and kept.bytes == 0


def test_a_file_that_changed_is_decoded_again(file: Path) -> None:
    kept, shown = KeptSquares(), image(file, "doppler")
    square = Prepared(pixels=np.zeros((8, 8, 3), np.uint8), x0=0, y0=0, x1=8, y1=8)
    kept.keep([shown], [square], 8, stamp_of(str(file)))
    os.utime(file, ns=(1, 1))
    assert kept.take(shown, 8) is None
    kept.keep([shown], [square], 8, None)
    assert kept.take(shown, 8) is None


def test_no_more_than_the_bound_is_kept(file: Path) -> None:
    kept = KeptSquares(most_bytes=1000)
    square = Prepared(pixels=np.zeros((8, 8, 3), np.uint8), x0=0, y0=0, x1=8, y1=8)
    shown = [image(file.with_name(f"{n}.dcm"), "doppler") for n in range(20)]
    kept.keep(shown, [square] * 20, 8, (1, 2, 3))
    assert kept.bytes == 5 * 192
    assert kept.has_room
    kept.keep([image(file, "bmode")], [square], 8, (1, 2, 3))
    assert kept.bytes == 960


def test_cases_are_the_same_with_and_without_kept_squares(tmp_path: Path) -> None:
    generate(tmp_path, cases=3, seed=2)
    task = load_task("breast_lesion")
    with DecoderPool(2) as pool:
        pool.start()
        pool.keep_squares(real=32, simulated=64)
        study = open_folder(str(tmp_path), decoders=pool, index=False)
        assert pool._kept.bytes == 3 * 64 * 64 * (1 + 3)
        kept = [item for _, item in pool.prepared_cases(study.cases, task, 64)]
        assert pool._kept.bytes == 0
        decoded = [item for _, item in pool.prepared_cases(study.cases, task, 64)]
    for one, other in zip(kept, decoded, strict=True):
        assert not isinstance(one, Exception) and not isinstance(other, Exception)
        assert list(one.images) == list(other.images)
        for modality, square in one.images.items():
            assert square.pixels.tobytes() == other.images[modality].pixels.tobytes()
            assert (square.x0, square.y1) == (other.images[modality].x0, other.images[modality].y1)
