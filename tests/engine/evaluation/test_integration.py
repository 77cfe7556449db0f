"""Multimodal Integration Score: the paper's arithmetic, its blind spot, and where it is not defined."""

from __future__ import annotations

import json

import numpy as np
import pytest

from engine.evaluation.integration import complementarity, integration_score, weighted_score


def random_probabilities(n: int, classes: int, seed: int) -> np.ndarray:
    return np.random.default_rng(seed).dirichlet(np.ones(classes), n)


@pytest.mark.parametrize(("parts", "score"), [((0.6823, 0.7145, 0.7734), 0.7284), ((0.8567, 0.8934, 0.9181), 0.8923)])
def test_the_papers_rows_under_the_papers_weights(parts: tuple[float, float, float], score: float) -> None:
    consistency, confidence, accuracy = parts
    assert round(weighted_score(consistency=consistency, confidence=confidence, accuracy=accuracy), 4) == score


def test_a_model_that_always_says_benign_scores_high_and_the_calibrated_variant_does_not_believe_it() -> None:
    targets = np.repeat([0, 1], [437, 251])
    benign = np.tile([1.0, 0.0], (688, 1))
    found = integration_score(benign, {"bmode": benign, "doppler": benign}, targets)
    assert round(found.score, 3) == 0.854
    assert found.consistency == found.confidence == 1.0
    assert "never compare" in found.warning and json.loads(json.dumps(found.as_table()))["n"] == 688
    calibrated = integration_score(benign, {"bmode": benign}, targets, calibrated=True)
    assert calibrated.accuracy == 0.5
    assert calibrated.confidence == pytest.approx(437 / 688)


def test_confidence_of_two_classes_and_of_no_idea() -> None:
    p = np.random.default_rng(0).random(50)
    two = np.stack([p, 1 - p], axis=1)
    targets = np.zeros(50, np.int64)
    assert integration_score(two, {"a": two}, targets).confidence == pytest.approx(np.abs(2 * p - 1).mean())
    even = np.full((10, 5), 0.2)
    for variant in ("gap", "entropy"):
        found = integration_score(even, {"a": even}, targets[:10], confidence=variant)
        assert found.confidence == pytest.approx(0.0, abs=1e-12)
    sure = np.eye(5)
    assert integration_score(sure, {"a": sure}, np.arange(5), confidence="entropy").confidence == 1.0


def test_gap_is_the_greatest_minus_the_mean_of_the_others() -> None:
    p = random_probabilities(20, 5, 1)
    ordered = np.sort(p, axis=1)
    expected = (ordered[:, -1] - ordered[:, :-1].mean(axis=1)).mean()
    assert integration_score(p, {"a": p}, np.zeros(20, np.int64)).confidence == pytest.approx(expected)


def test_pairs_that_do_not_exist_do_not_count() -> None:
    fused, one, other = (random_probabilities(6, 3, seed) for seed in range(3))
    targets = np.array([0, 1, 2, 0, 1, 2])
    present = {"one": np.array([1, 1, 1, 0, 0, 0], bool), "other": np.array([0, 0, 1, 1, 0, 0], bool)}
    one[~present["one"]] = other[~present["other"]] = np.nan
    with np.errstate(invalid="raise"):
        found = integration_score(fused, {"one": one, "other": other}, targets, present=present, consistency="soft")
    pairs = [(one, 0), (one, 1), (one, 2), (other, 2), (other, 3)]
    cosines = [u[i] @ fused[i] / np.linalg.norm(u[i]) / np.linalg.norm(fused[i]) for u, i in pairs]
    assert found.consistency == pytest.approx(np.mean(cosines))
    assert found.n == 4
    assert found.accuracy == (fused[:4].argmax(axis=1) == targets[:4]).mean()


def test_without_unimodal_predictions_there_is_no_score() -> None:
    p, targets = random_probabilities(4, 2, 0), np.zeros(4, np.int64)
    assert integration_score(p, {}, targets) is None
    assert integration_score(p, {"a": p}, targets, present={"a": np.zeros(4, bool)}) is None
    assert complementarity(p, {}, targets) is None


@pytest.mark.parametrize("wrong", [{"consistency": "firm"}, {"confidence": "loud"}, {"weights": (0.5, 0.5, 0.5)}])
def test_unknown_variants_are_refused(wrong: dict[str, object]) -> None:
    p = random_probabilities(4, 2, 0)
    with pytest.raises(ValueError, match=r"must sum|is 'hard'|is 'gap'"):
        integration_score(p, {"a": p}, np.zeros(4, np.int64), **wrong)


def test_complementarity_counts_what_fusion_gains_and_loses() -> None:
    targets = np.zeros(10, np.int64)
    right, wrong = np.array([0.9, 0.1]), np.array([0.1, 0.9])
    fused = np.array([right] * 7 + [wrong] * 3)
    best = np.array([wrong] * 4 + [right] * 3 + [right] + [wrong] * 2)
    worse = np.array([wrong] * 10)
    found = complementarity(fused, {"worse": worse, "best": best}, targets)
    assert (found.best_modality, found.gained, found.lost) == ("best", 0.4, 0.1)
    assert found.difference == pytest.approx(0.3)
    assert found.p_value == pytest.approx(2 * (1 + 5) / 2**5)
