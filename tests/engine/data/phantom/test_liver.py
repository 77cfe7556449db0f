"""The liver phantom: optimum, what the pictures show, co-registration, files."""

from __future__ import annotations

import csv
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
from scipy.stats import norm, spearmanr
from sklearn.metrics import roc_auc_score

from engine.data.phantom import best_scores, generate, optimum, seven_row_optima, simulate_prepared
from engine.data.phantom.latents import draw
from engine.data.phantom.liver import LINES, SHAPE, coarseness_db, liver_views, nodule_height
from engine.data.phantom.palettes import STIFFNESS_TOP_KPA, scale_colours, stiffness_colours
from engine.data.phantom.sector import scan_converted
from engine.data.preprocess import prepare
from engine.dicom.headers import read_header
from engine.dicom.pixels import read_dicom_frame
from engine.dicom.views import find_views
from engine.domain.task import load_task

TASK, CASES = "liver_fibrosis", 60
COLOURED = 50


@pytest.fixture(scope="module")
def cases() -> list:
    return [(d := draw(TASK, 5, i), liver_views(5, i, d)) for i in range(CASES)]


def _coloured(frame: np.ndarray) -> np.ndarray:
    wide = frame.astype(int)
    return wide.max(axis=2) - wide.min(axis=2) > COLOURED


def test_optimum_leaves_room_for_fusion() -> None:
    rows = seven_row_optima(TASK)
    assert list(rows) == [("bmode",), ("swe",), ("bmode", "swe")]
    both = rows[("bmode", "swe")].auc
    assert both >= 0.95
    assert both - max(rows[("bmode",)].auc, rows[("swe",)].auc) > 0.03
    assert all(r.standard_error < 2e-3 for r in rows.values())


@pytest.mark.parametrize("subset", [("bmode",), ("swe",), ("bmode", "swe")], ids="+".join)
def test_sampled_cases_reach_the_optimum(subset: tuple[str, ...]) -> None:
    scores, classes = best_scores(3000, 8, subset, TASK)
    chances = np.exp(scores - np.logaddexp.reduce(scores, axis=1, keepdims=True))
    sampled = np.mean([roc_auc_score(classes == c, chances[:, c]) for c in range(5)])
    assert sampled == pytest.approx(optimum(subset, TASK).auc, abs=0.012)


def test_ends_of_the_scale_are_told_as_the_normal_formula_says() -> None:
    # F0 against F4 by stiffness alone: two normals 1.444 / 0.22 standard deviations apart
    scores, classes = best_scores(3000, 8, ("swe",), TASK)
    ends = (classes == 0) | (classes == 4)
    sampled = roc_auc_score(classes[ends] == 4, scores[ends, 4] - scores[ends, 0])
    assert sampled == pytest.approx(norm.cdf(1.444 / 0.22 / np.sqrt(2)), abs=0.005)


def test_stiffness_can_be_read_from_the_map(cases: list) -> None:
    scale = scale_colours("stiffness", 256)[::-1].astype(float)
    read = []
    for _, views in cases:
        pixels = views["swe"].frame[_coloured(views["swe"].frame)].astype(float)
        mixed = scale[None] * 0.62 + 0.38 * 110  # the map lies over grey tissue
        nearest = np.argmin(((pixels[::7, None] - mixed) ** 2).sum(axis=2), axis=1)
        read.append(np.mean(nearest) / 255 * STIFFNESS_TOP_KPA)
    true = [np.exp(latents.values["log_stiffness"]) for latents, _ in cases]
    assert spearmanr(true, read).statistic > 0.95


def test_texture_can_be_read_from_the_parenchyma(cases: list) -> None:
    rough = []
    for _, views in cases:
        small = cv2.resize(views["bmode"].frame[..., 0], (128, 105), interpolation=cv2.INTER_AREA).astype(np.float32)
        middle = cv2.GaussianBlur(small, (0, 0), 1.2) - cv2.GaussianBlur(small, (0, 0), 5)
        rough.append(np.median(np.abs(middle[35:80, 40:88])))
    assert spearmanr([latents.values["texture"] for latents, _ in cases], rough).statistic > 0.85


def test_each_picture_shows_its_own_evidence_only() -> None:
    latents = draw(TASK, 5, 0)
    texture, stiffness = (
        replace(latents, values={**latents.values, name: 0.5}) for name in ("texture", "log_stiffness")
    )
    whole, other_texture, other_stiffness = (liver_views(5, 0, x) for x in (latents, texture, stiffness))
    np.testing.assert_array_equal(whole["swe"].frame, other_texture["swe"].frame)
    np.testing.assert_array_equal(whole["bmode"].frame, other_stiffness["bmode"].frame)
    assert not np.array_equal(whole["swe"].frame, other_stiffness["swe"].frame)


def test_pictures_are_of_the_same_section_pixel_on_pixel() -> None:
    latents = draw(TASK, 5, 3)
    latents = replace(latents, values={**latents.values, "texture": -1.0, "nodularity": -1.0})
    views = liver_views(5, 3, latents)
    outside = ~_coloured(views["swe"].frame)
    outside &= views["bmode"].frame[..., 0] > 0
    one, two = (cv2.GaussianBlur(views[m].frame[..., 0].astype(np.float32), (0, 0), 2.5) for m in ("bmode", "swe"))

    def alike(shift: int) -> float:
        return float(np.corrcoef(one[outside], np.roll(two, shift, axis=1)[outside])[0, 1])

    assert alike(0) > 0.6
    assert alike(0) > max(alike(-6), alike(6)) + 0.1


def test_box_bounds_the_colour(cases: list) -> None:
    for _, views in cases[:10]:
        box = views["swe"].colour_box
        rows, columns = np.nonzero(_coloured(views["swe"].frame))
        assert box.x0 <= columns.min() and columns.max() < box.x1
        assert box.y0 <= rows.min() and rows.max() < box.y1
        assert not _coloured(views["bmode"].frame).any()


def test_strengths_rise_with_their_latents() -> None:
    for curve in (coarseness_db, nodule_height):
        assert np.all(np.diff([curve(z) for z in np.linspace(-5, 5, 50)]) > 0)


def test_scan_conversion_keeps_the_middle_line_and_blackens_the_corners() -> None:
    lines = np.zeros(LINES, dtype=np.uint8)
    lines[:, 124:132] = 200
    fan = scan_converted(lines, SHAPE)
    assert (fan[20:-20, SHAPE[1] // 2] > 150).all()
    assert fan[0, 0] == fan[-1, 0] == fan[0, -1] == 0


def test_stiffness_scale_runs_from_blue_to_red() -> None:
    soft, stiff = stiffness_colours(np.array([[0.1, 0.95]]))[0]
    assert soft[2] > 100 > soft[0]
    assert stiff[0] > 100 > stiff[2]


def test_study_on_disk_is_the_one_in_memory(tmp_path: Path) -> None:
    generate(tmp_path, cases=6, seed=9, task=TASK)
    assert not (tmp_path / "descriptors.csv").exists()
    with (tmp_path / "labels.csv").open(newline="") as file:
        labels = {row["case_id"]: row["label"] for row in csv.DictReader(file)}
    for index, (case, stage) in enumerate(simulate_prepared(6, 9, 64, TASK)):
        assert labels[case.case_id] == load_task(TASK).classes[stage]
        assert not case.has_descriptors
        seen = []
        for path in sorted((tmp_path / f"case-{index + 1:04d}").iterdir()):
            header = read_header(path)
            frame = read_dicom_frame(str(path), header.middle_frame).pixels
            for image in find_views(header, frame):
                modality = "bmode" if image.modality == "bmode" else "swe"
                seen.append(modality)
                np.testing.assert_array_equal(prepare(image, frame, 64).pixels, case.images[modality].pixels)
        assert seen == ["bmode", "swe"]
