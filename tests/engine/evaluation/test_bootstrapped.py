"""The bootstrap of all figures at once against scikit-learn on resamples written out case by case."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import (
    average_precision_score,
    balanced_accuracy_score,
    brier_score_loss,
    cohen_kappa_score,
    f1_score,
    log_loss,
    matthews_corrcoef,
    roc_auc_score,
)

from engine.evaluation.bootstrapped import _QuestionFigures, _StageFigures, question_bootstrap
from engine.evaluation.calibration import expected_calibration_error
from engine.evaluation.resampling import counts
from engine.evaluation.selective import accuracy_at_coverage, area_under_risk
from tests.engine.evaluation.scored_example import binary_scored, stage_scored


def test_weights_give_what_repeated_cases_give() -> None:
    scored = binary_scored()
    question = scored.question
    figures = _QuestionFigures(
        scored.probabilities, scored.targets, question.probability, question.positive, scored.threshold
    )
    weights = next(counts(len(scored), scored.groups, resamples=3, seed=5))
    found = figures(weights)
    for row in range(3):
        rows = np.repeat(np.arange(len(scored)), weights[row].astype(int))
        truth, chance = question.positive[rows], question.probability[rows]
        called = chance >= scored.threshold
        doubt = 1 - scored.probabilities[rows].max(axis=1)
        right = scored.probabilities[rows].argmax(axis=1) == scored.targets[rows]
        judges = {
            "auc": roc_auc_score(truth, chance),
            "average_precision": average_precision_score(truth, chance),
            "f1": f1_score(truth, called),
            "balanced_accuracy": balanced_accuracy_score(truth, called),
            "matthews": matthews_corrcoef(truth, called),
            "sensitivity": called[truth].mean(),
            "specificity": (~called)[~truth].mean(),
            "positive_predictive_value": truth[called].mean(),
            "negative_predictive_value": (~truth)[~called].mean(),
            "accuracy": (called == truth).mean(),
            "brier": brier_score_loss(truth, chance),
            "log_loss": log_loss(scored.targets[rows], scored.probabilities[rows]),
            "calibration_error": expected_calibration_error(chance, truth),
        }
        for name, judge in judges.items():
            assert found[name][row] == pytest.approx(judge, abs=1e-9), name
        # Equal doubts have no order of their own, so these two are compared where the order is ours.
        order = np.argsort(doubt, kind="stable")
        assert found["area_under_risk"][row] == pytest.approx(area_under_risk(doubt[order], right[order]), abs=1e-9)
        for share in (0.8, 0.9):
            judge = accuracy_at_coverage(doubt[order], right[order], share)
            assert found[f"accuracy_at_{share * 100:.0f}_coverage"][row] == pytest.approx(judge, abs=1e-9)


def test_stages_with_weights() -> None:
    scored = stage_scored()
    weights = next(counts(len(scored), None, resamples=2, seed=5))
    found = _StageFigures(scored.probabilities, scored.targets)(weights)
    for row in range(2):
        rows = np.repeat(np.arange(len(scored)), weights[row].astype(int))
        truth, chance = scored.targets[rows], scored.probabilities[rows]
        called = chance.argmax(axis=1)
        assert found["quadratic_kappa"][row] == pytest.approx(cohen_kappa_score(truth, called, weights="quadratic"))
        assert found["macro_f1"][row] == pytest.approx(f1_score(truth, called, average="macro"))
        assert found["macro_auc"][row] == pytest.approx(roc_auc_score(truth, chance, multi_class="ovr"))
        assert found["mean_stage_error"][row] == pytest.approx(np.abs(truth - called).mean())
        assert found["within_one_stage"][row] == pytest.approx((np.abs(truth - called) <= 1).mean())


def test_whole_patients_are_drawn() -> None:
    weights = np.concatenate(list(counts(240, binary_scored().groups, resamples=300, seed=0)))
    assert (weights[:, ::2] == weights[:, 1::2]).all()
    assert weights.sum(axis=1) == pytest.approx(240)
    assert weights.mean() == pytest.approx(1.0, abs=0.01)
    assert weights[:, 0].var() == pytest.approx(1 - 1 / 120, abs=0.2)  # a multinomial count


def test_the_interval_is_that_of_delong_where_cases_stand_alone() -> None:
    scored = binary_scored(600)
    question = scored.question
    figures = question_bootstrap(
        scored.probabilities, scored.targets, question.probability, question.positive, threshold=0.3
    )
    from engine.evaluation.roc import auc

    judge = auc(question.probability, question.positive)
    assert figures["auc"].value == pytest.approx(judge.value)
    assert figures["auc"].low == pytest.approx(judge.low, abs=0.006)
    assert figures["auc"].high == pytest.approx(judge.high, abs=0.006)
    error = figures["calibration_error"]
    assert error.low is not None and error.high is not None
    assert 0 <= error.low < error.value < error.high
