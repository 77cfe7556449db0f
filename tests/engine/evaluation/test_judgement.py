"""The numbers of a report against scikit-learn and against cases counted by hand."""

from __future__ import annotations

import json

import numpy as np
import pytest
from sklearn.metrics import average_precision_score, confusion_matrix, precision_recall_curve, roc_auc_score, roc_curve

from engine.evaluation.baselines import FOREST, baseline, size_features
from engine.evaluation.curves import threshold_curve
from engine.evaluation.decision import decision_curve, net_benefit
from engine.evaluation.judgement import judge
from engine.evaluation.promised_sets import foreign, promised_sets
from engine.evaluation.reader import category_ranks, reader_beside
from engine.evaluation.versus import versus
from tests.engine.evaluation.scored_example import binary_scored, stage_scored


def test_curves_are_scikit_learns() -> None:
    scored = binary_scored()
    question = scored.question
    curve = threshold_curve("a", question.probability, question.positive)
    false_rate, hit_rate, threshold = roc_curve(question.positive, question.probability, drop_intermediate=False)
    np.testing.assert_allclose(curve.false_positive_rate, false_rate)
    np.testing.assert_allclose(curve.sensitivity, hit_rate)
    np.testing.assert_allclose(curve.threshold[1:], threshold[1:])
    precision, recall, _ = precision_recall_curve(question.positive, question.probability)
    np.testing.assert_allclose(curve.precision[1:][::-1], precision[:-1])
    np.testing.assert_allclose(curve.sensitivity[1:][::-1], recall[:-1])
    thin = threshold_curve("a", question.probability, question.positive, most=10)
    assert len(thin.threshold) == 11 and thin.sensitivity[-1] == thin.false_positive_rate[-1] == 1.0


def test_net_benefit_by_hand() -> None:
    """Ten cases, threshold 0.2: 3 hits and 2 false alarms: 3/10 - 2/10 x 0.25."""
    positive = np.array([1, 1, 1, 1, 0, 0, 0, 0, 0, 0], bool)
    called = np.array([1, 1, 1, 0, 1, 1, 0, 0, 0, 0], bool)
    assert net_benefit(called, positive, np.array([0.2])) == pytest.approx([0.25])
    curve = decision_curve(np.where(called, 0.9, 0.1), positive, thresholds=np.array([0.05, 0.5]))
    assert curve.model == pytest.approx([0.4 - 0.6 * 0.05 / 0.95, 0.3 - 0.2])
    assert curve.everyone == pytest.approx([0.4 - 0.6 * 0.05 / 0.95, 0.4 - 0.6])


def test_the_readers_curve_by_hand() -> None:
    birads = np.array(["2", "3", "4", "5", "4", "0", ""])
    positive = np.array([0, 0, 0, 1, 1, 1, 0], bool)
    reader = reader_beside(birads, np.linspace(0, 1, 7), positive)
    assert reader is not None
    assert (reader.n, reader.of) == (5, 7)
    assert [p.category for p in reader.points] == ["5", "4", "3", "2"]
    assert [(p.hits, p.false_alarms) for p in reader.points] == [(1, 0), (2, 1), (2, 2), (2, 3)]
    assert reader.auc.value == pytest.approx(5.5 / 6)
    assert reader.at_cut.specificity.value == pytest.approx(2 / 3)
    assert reader_beside(np.full(7, ""), np.linspace(0, 1, 7), positive) is None


def test_a_plain_four_and_its_parts_have_no_order() -> None:
    alone = category_ranks(np.array(["3", "4a", "4B", "4C", "5"]))
    assert (np.diff(alone) > 0).all()
    mixed = category_ranks(np.array(["4", "4A", "4C", "3"]))
    assert mixed[0] == mixed[1] == mixed[2] > mixed[3]


def test_a_judgement_holds_together() -> None:
    scored = binary_scored()
    judgement = judge(scored, resamples=50)
    question = scored.question
    assert judgement.figures.auc.value == pytest.approx(roc_auc_score(question.positive, question.probability))
    assert judgement.bootstrap["average_precision"].value == pytest.approx(
        average_precision_score(question.positive, question.probability)
    )
    called = question.probability >= 0.3
    np.testing.assert_array_equal(judgement.confusion, confusion_matrix(scored.targets, called))
    assert judgement.patients == 120
    assert judgement.reader is not None and judgement.reader.n == 240
    kinds = {row.kind for row in judgement.subgroups}
    assert {"all cases", "BI-RADS", "device"} <= kinds
    assert sum(r.n for r in judgement.subgroups if r.kind == "device") == 240
    assert {c.modality for c in judgement.contributions} == {"bmode", "doppler", "descriptors"}
    assert judgement.integration is not None and len(judgement.integration.scores) == 4
    point = judgement.points[0]
    assert point.hits + point.misses == judgement.positives
    assert [p.optimistic for p in judgement.points] == [False, False, True, True]
    assert judgement.points[2].sensitivity.value >= 0.95


def test_json_has_the_points_and_no_nan() -> None:
    table = judge(binary_scored(), resamples=20).as_table()
    text = json.dumps(table, allow_nan=False)
    back = json.loads(text)
    curve = back["curves"][0]
    assert {"threshold", "false_positive_rate", "sensitivity", "true_positive", "false_negative"} <= set(curve)
    assert len(set(map(len, (curve["threshold"], curve["sensitivity"], curve["true_positive"])))) == 1
    assert back["bands"]["roc"]["grid"][-1] == 1.0
    assert "calls" not in back


def test_bands_hold_the_curve() -> None:
    judgement = judge(binary_scored(), resamples=20)
    curve, band = judgement.curves[0], judgement.bands["roc"]
    middle = np.interp(band.grid, curve.false_positive_rate, curve.sensitivity)
    inside = (band.low <= middle + 1e-9) & (middle <= band.high + 1e-9)
    assert inside[5:].mean() > 0.95
    benefit = judgement.bands["decision"]
    assert ((benefit.low <= judgement.decision.model) & (judgement.decision.model <= benefit.high)).mean() > 0.95


def test_stages_have_curves_for_each_class() -> None:
    scored = stage_scored()
    judgement = judge(scored, resamples=50)
    assert judgement.question == "F2 or more"
    assert [c.name.split()[0] for c in judgement.curves[1:]] == ["F0", "F1", "F2", "F3", "F4"]
    judge_auc = roc_auc_score(scored.targets, scored.probabilities, multi_class="ovr")
    assert judgement.stages["macro_auc"].value == pytest.approx(judge_auc)
    assert judgement.figures.auc.value == pytest.approx(
        roc_auc_score(scored.targets >= 2, scored.probabilities[:, 2:].sum(axis=1))
    )
    assert judgement.confusion.sum() == len(scored) and judgement.confusion.shape == (5, 5)
    assert judgement.stage_bootstrap["quadratic_kappa"].low is not None
    json.dumps(judgement.as_table(), allow_nan=False)


def test_one_answer_only_is_refused() -> None:
    scored = binary_scored(40)
    with pytest.raises(ValueError, match="same answer"):
        judge(binary_scored(40, targets=np.zeros(len(scored), np.int64)))


def test_arrays_that_do_not_fit_are_refused() -> None:
    with pytest.raises(ValueError, match="groups holds 3"):
        binary_scored(groups=np.array(["a", "b", "c"]))
    with pytest.raises(ValueError, match="finite"):
        binary_scored(probabilities=np.full((240, 2), np.nan))


def test_versus_pairs_by_case() -> None:
    one, other = binary_scored(), binary_scored(seed=1)
    order = np.random.default_rng(0).permutation(240)[:200]
    shuffled = binary_scored(
        200,
        case_ids=tuple(other.case_ids[i] for i in order),
        probabilities=other.probabilities[order],
        targets=other.targets[order],
        subsets={},
        model="other",
    )
    same = versus(one, shuffled)
    assert same.n == 200
    assert same.difference.difference.value == 0.0 and same.difference.p_value == 1.0
    assert same.gained == same.lost == 0


def test_baselines_never_score_a_case_they_saw() -> None:
    """Features that name the patient tell nothing of other patients."""
    rng = np.random.default_rng(0)
    groups = np.repeat(np.arange(60), 4)
    positive = np.repeat(rng.random(60) < 0.5, 4)
    names = np.eye(60)[groups]
    chance = rng.random(240)
    folds = np.zeros(240, np.int64)
    found = baseline("a", names, chance, positive, groups=groups, folds=folds)
    assert found.auc is not None and found.auc.value < 0.62
    helpful = baseline(
        "b", positive[:, None] + rng.normal(0, 0.5, (240, 1)), chance, positive, groups=groups, folds=folds
    )
    assert helpful.auc is not None and helpful.auc.value > 0.85
    sizes = rng.integers(100, 400, (240, 2)).astype(float)
    sizes[positive, 0] = 255  # neither small nor large
    bent = baseline("c", size_features(sizes), chance, positive, groups=groups, folds=folds, method=FOREST)
    assert bent.auc is not None and bent.auc.value > 0.9 and "forest" in bent.how
    assert baseline("d", None, chance, positive, groups=groups, folds=folds).missing


def test_promises_of_the_card_by_hand() -> None:
    sets = np.ones((4, 2), bool)
    sets[0] = [True, False]
    sets[1] = [False, False]
    far = np.array([0.5, 2.0, np.nan, 0.9])
    chance = np.array([[0.9, 0.1], [0.8, 0.2], [0.3, 0.7], [0.6, 0.4]])
    targets = np.array([0, 1, 1, 0])
    whole = binary_scored(4)
    changed = {"targets": targets, "probabilities": chance, "sets": sets, "promised": 0.9, "foreignness": far}
    scored = binary_scored(4, **changed, subsets={})
    found, strange = promised_sets(scored), foreign(scored)
    assert found is not None and strange is not None
    assert found.coverage.value == 0.75 and found.by_class["malignant"].value == 0.5
    assert found.size.value == 1.25 and found.single.value == found.empty.value == 0.25
    assert strange.n == 3 and strange.share.value == pytest.approx(1 / 3)
    assert strange.accuracy_foreign.value == 0.0 and strange.accuracy_known.value == 1.0
    assert promised_sets(whole) is None and foreign(whole) is None


def test_few_cases_without_a_mask_and_without_a_mistake() -> None:
    """Nothing warns: warnings are errors here."""
    targets = np.arange(12) % 2
    sure = np.stack([1.0 - targets, targets], axis=1) * 0.8 + 0.1
    scored = binary_scored(
        12, probabilities=sure, targets=targets, masks=np.zeros((12, 8, 8), np.uint8), facts=({},) * 12
    )
    judgement = judge(scored, yardsticks=False, resamples=200)
    assert judgement.figures.auc.value == 1.0 and judgement.baselines == ()
    assert not [row for row in judgement.subgroups if row.kind == "lesion"]
