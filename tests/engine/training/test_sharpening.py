"""One factor per set of modalities, fitted to answers of a model that did not see the cases."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from engine.data.batches import normalised
from engine.evaluation.calibration import fit_temperature
from engine.evaluation.subsets import Subset
from engine.training.cases import LabelledCases
from engine.training.out_of_fold import pooled_logits, predictions_csv, read_logits, scale_tables, subset_name
from engine.training.run_folder import OUT_OF_FOLD
from engine.training.scoring import logits_of
from engine.training.sharpening import LEAST_CASES, sharpen_by_folds, sharpen_by_validation
from tests.engine.models.systems import SIZE, TASKS, small

TASK = TASKS["breast_lesion"]
BMODE, BOTH = ("bmode",), ("bmode", "descriptors")
N = LEAST_CASES + 40


def cases() -> LabelledCases:
    """The first half has an image only, the others descriptors, too."""
    maker = np.random.default_rng(5)
    present = np.zeros((N, 3), bool)
    present[:, 0] = True
    present[N // 4 :, 2] = True
    return LabelledCases(
        task=TASK,
        size=SIZE,
        case_ids=tuple(f"case-{n % (N // 2)}" for n in range(N)),  # two sources may number their cases alike
        images={m: maker.integers(0, 255, (N, SIZE, SIZE, 3), dtype=np.uint8) for m in TASK.images},
        descriptors=(maker.random((N, TASK.n_terms)) < 0.3).astype(np.float32),
        present=present,
        targets=maker.integers(0, 2, N),
        groups=np.array([f"patient-{n}" for n in range(N)]),
        simulated=True,
    )


def written(run: Path, held: LabelledCases, logits: np.ndarray, only_images: np.ndarray) -> None:
    folds = np.ones(N, np.int64)
    (run / OUT_OF_FOLD).write_bytes(predictions_csv(held, logits, folds))
    rows = np.flatnonzero(held.present[:, 2])[::-1]
    some = held.only(rows)
    shown = some.present & np.array([True, False, False])
    table = LabelledCases(**{**vars(some), "present": shown})
    (run / subset_name(OUT_OF_FOLD, BMODE)).write_bytes(predictions_csv(table, only_images[rows], folds[rows]))


def test_answers_of_a_subset_come_from_both_tables_in_the_order_of_the_cases(tmp_path: Path) -> None:
    held, maker = cases(), np.random.default_rng(1)
    logits, images = maker.normal(size=(2, N, 1)).astype(np.float32)
    written(tmp_path, held, logits, images)
    expected = np.where(held.present[:, 2:], images, logits)
    found = pooled_logits(tmp_path, held, BMODE)
    assert found is not None and np.array_equal(found, expected)
    assert pooled_logits(tmp_path, held, ("doppler",)) is None


def test_rows_are_scaled_by_what_was_shown(tmp_path: Path) -> None:
    held, maker = cases(), np.random.default_rng(1)
    logits, images = maker.normal(size=(2, N, 1)).astype(np.float32)
    written(tmp_path, held, logits, images)
    scale_tables(tmp_path, TASK, {BMODE: 2.0, BOTH: 0.5})
    expected = logits * np.where(held.present[:, 2:], 0.5, 2.0)
    assert np.allclose(read_logits(tmp_path / OUT_OF_FOLD, TASK), expected, rtol=1e-6)
    below = read_logits(tmp_path / subset_name(OUT_OF_FOLD, BMODE), TASK)
    assert np.allclose(below, 2.0 * images[np.flatnonzero(held.present[:, 2])[::-1]], rtol=1e-6)


def test_a_sum_that_is_too_sure_is_damped_and_the_model_answers_like_its_tables(tmp_path: Path) -> None:
    held = cases()
    sign = np.where(held.targets[:, None] == 1, 1.0, -1.0)
    noise = np.random.default_rng(2).normal(size=(2, N, 1))
    images, logits = (sign + 1.5 * noise[0]).astype(np.float32), (8.0 * (sign + 1.5 * noise[1])).astype(np.float32)
    written(tmp_path, held, logits, images)
    alone = np.where(held.present[:, 2:], images, logits)
    model = small("focused_fusion", TASK.name, "tiny")
    model.sharpness.fill_(1.0)  # type: ignore[operator, union-attr]
    before = answers(model, held)
    found = sharpen_by_folds(model, tmp_path, held)  # type: ignore[arg-type]
    both = held.present[:, 2]
    factors = {s: answers(model, held)[r] / before[r] for s, r in ((BOTH, both), (BMODE, ~both))}
    assert np.allclose(factors[BOTH], 1 / fit_temperature(logits[both], held.targets[both]), atol=1e-3)
    assert np.allclose(factors[BMODE], 1 / fit_temperature(alone, held.targets), atol=1e-3)
    assert factors[BOTH].mean() < 0.5
    assert np.allclose(found, np.where(both[:, None], logits, alone) * factor_rows(factors, both), rtol=1e-3)


def test_validation_cases_serve_where_there_are_no_folds() -> None:
    model = small("focused_fusion", TASK.name, "tiny")
    model.prior.data.zero_()  # type: ignore[union-attr, operator]
    held, image = cases(), np.array([True, False, False])
    both, every = np.flatnonzero(held.present[:, 2]), np.arange(N)
    sets = {BOTH: (both, held.present[both]), BMODE: (every, held.present & image)}

    def said(subset: Subset) -> np.ndarray:
        rows, shown = sets[subset]
        return logits_of(model, held.only(rows), present=shown)  # type: ignore[arg-type]

    model.prior.data.fill_(2.0 * max(np.abs(said(subset)).max() for subset in sets))  # type: ignore[union-attr, operator]
    for subset in sets:  # both say "malignant" of every case, with log-odds of about 4
        model.sharpen(subset, 4.0 / float(said(subset).mean()))  # type: ignore[operator]
    model.sharpen(("doppler",), 4.0)  # type: ignore[operator]
    held = replace(held, targets=(np.random.default_rng(3).random(N) < 0.75).astype(np.int64))
    before = {subset: fit_temperature(said(subset), held.targets[sets[subset][0]]) for subset in sets}
    sharpen_by_validation(model, held)  # type: ignore[arg-type]
    for subset, (rows, _) in sets.items():
        assert before[subset] > 2.0
        assert fit_temperature(said(subset), held.targets[rows]) == pytest.approx(1.0, abs=0.01)
    assert model.sharpness[2 ** TASK.modalities.index("doppler")] == 4.0  # type: ignore[index]


def answers(model: torch.nn.Module, held: LabelledCases) -> np.ndarray:
    inputs, present, _ = held.batch(np.arange(N))
    shown = {m: normalised(t) if t.dtype == torch.uint8 else t for m, t in inputs.items()}
    with torch.no_grad():
        return model(shown, present).logits.numpy()  # type: ignore[no-any-return]


def factor_rows(factors: dict[Subset, np.ndarray], both: np.ndarray) -> np.ndarray:
    return np.where(both[:, None], factors[BOTH].mean(), factors[BMODE].mean())  # type: ignore[no-any-return]
