"""Folds by patient: those that the data name stay, the others are in proportion, nobody is in two."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from engine.data.named_folds import fold_numbers
from engine.domain.errors import CaseError
from engine.domain.task import load_task
from engine.training.cases import LabelledCases
from engine.training.sources import load_cases
from engine.training.split import folds, training_and_validation

BREAST = load_task("breast_lesion")


def cases(
    targets: list[int], groups: list[str], named: list[int] | None = None, facts: list[dict[str, str]] | None = None
) -> LabelledCases:
    n = len(targets)
    return LabelledCases(
        task=BREAST,
        size=1,
        case_ids=tuple(f"c{i}" for i in range(n)),
        images={},
        descriptors=np.zeros((n, BREAST.n_terms), np.float32),
        present=np.ones((n, 3), bool),
        targets=np.array(targets),
        groups=np.array(groups),
        simulated=False,
        folds=np.array(named or [0] * n),
        facts=tuple(facts or [{}] * n),
    )


def assert_nobody_is_in_two(groups: np.ndarray, numbers: np.ndarray) -> None:
    homes: dict[str, set[int]] = {}
    for group, number in zip(groups.tolist(), numbers.tolist(), strict=True):
        homes.setdefault(group, set()).add(number)
    assert all(len(found) == 1 for found in homes.values())


def random_cases(seed: int = 0, n: int = 300) -> LabelledCases:
    patients = np.random.default_rng(seed).integers(0, 100, n)
    return cases(list((patients % 3 == 0).astype(int)), [f"p{p}" for p in patients])


@pytest.mark.parametrize("seed", range(5))
def test_no_patient_is_in_two_folds_and_classes_keep_their_shares(seed: int) -> None:
    held = random_cases(seed)
    numbers = folds(held, 5, seed)
    assert_nobody_is_in_two(held.groups, numbers)
    assert sorted(set(numbers)) == [1, 2, 3, 4, 5]
    shares = [held.targets[numbers == k].mean() for k in range(1, 6)]
    assert max(shares) - min(shares) < 0.15
    assert np.array_equal(numbers, folds(held, 5, seed))
    assert not np.array_equal(numbers, folds(held, 5, seed + 1))


def test_named_folds_stay_and_the_others_join_them() -> None:
    named = [1, 2, 3, 4] * 10 + [0] * 40
    held = cases([0, 0, 0, 0, 1, 1, 1, 1] * 10, [f"p{i}" for i in range(80)], named)
    numbers = folds(held, 7, 1)
    assert numbers[:40].tolist() == named[:40]
    counts = np.array([[(numbers[40:] == k)[held.targets[40:] == c].sum() for k in (1, 2, 3, 4)] for c in (0, 1)])
    assert (counts == 5).all()


def test_another_case_of_a_patient_with_a_named_fold_follows() -> None:
    groups = [f"p{i // 2}" for i in range(40)]
    named = [(i // 2) % 2 + 1 if i % 2 == 0 else 0 for i in range(40)]
    held = cases([i // 2 % 4 // 2 for i in range(40)], groups, named)
    numbers = folds(held, 5, 0)
    assert_nobody_is_in_two(held.groups, numbers)
    assert set(numbers) == {1, 2}


@pytest.mark.parametrize(
    ("named", "words"), [([1, 2] * 10, "into two folds"), ([1] * 20, "one fold only"), ([0] * 20, "fewer than 12")]
)
def test_what_cannot_be_folded_is_told(named: list[int], words: str) -> None:
    with pytest.raises(CaseError, match=words):
        folds(cases([i // 2 % 2 for i in range(20)], [f"p{i // 2}" for i in range(20)], named), 12)


def test_a_named_split_is_honoured_and_test_cases_are_in_neither() -> None:
    facts = [{"split": ("train", "Validation", "test", "val", "")[i % 5]} for i in range(20)]
    held = cases([i % 2 for i in range(20)], [f"p{i}" for i in range(20)], facts=facts)
    training, validation = training_and_validation(held)
    assert training.tolist() == [i for i in range(20) if i % 5 in (0, 4)]
    assert validation.tolist() == [i for i in range(20) if i % 5 in (1, 3)]


def test_a_patient_in_two_named_splits_is_refused() -> None:
    facts = [{"split": ("train", "val")[i % 2]} for i in range(20)]
    with pytest.raises(CaseError, match="two splits"):
        training_and_validation(cases([i % 2 for i in range(20)], [f"p{i // 2}" for i in range(20)], facts=facts))


def test_test_cases_are_set_aside_where_no_validation_is_named() -> None:
    facts = [{"split": "test" if i < 10 else ""} for i in range(60)]
    held = cases([i % 2 for i in range(60)], [f"p{i // 2}" for i in range(60)], facts=facts)
    training, validation = training_and_validation(held)
    assert min(training.min(), validation.min()) >= 10
    assert len(training) + len(validation) == 50


def test_folds_counted_from_zero_are_moved_up_for_their_source_alone() -> None:
    facts = [{"source": "a", "fold": str(k)} for k in range(3)] + [{"source": "b", "fold": str(k)} for k in (1, 2)]
    assert fold_numbers([*facts, {"fold": "second"}, {}]).tolist() == [1, 2, 3, 1, 2, 0, 0]


@pytest.mark.data
def test_the_two_research_sets_share_bus_bras_folds(shared_data: Path) -> None:
    held = load_cases(f"{shared_data / 'bus_bra'} + {shared_data / 'breast_usg'}", BREAST, 64, masks=True)
    numbers = folds(held, 4, 0)
    assert len(held) == 1492 + 203
    assert_nobody_is_in_two(held.groups, numbers)
    breast_usg = np.array([f["source"] == "breast_usg" for f in held.facts])
    assert np.array_equal(numbers[~breast_usg], held.folds[~breast_usg])
    malignant = [held.targets[breast_usg & (numbers == k)].sum() for k in (1, 2, 3, 4)]
    assert max(malignant) - min(malignant) <= 1
    for k in (1, 2, 3, 4):
        inside = held.only(np.flatnonzero(numbers != k))
        training, validation = training_and_validation(inside, seed=1)
        sides = [set(inside.groups[rows]) for rows in (training, validation)] + [set(held.groups[numbers == k])]
        assert not (sides[0] & sides[1] or sides[0] & sides[2] or sides[1] & sides[2])
    assert held.masks is not None
    assert (held.masks.max(axis=(1, 2)) > 0).all()
    assert all("lesion_part" in f for f in held.facts)
    assert {f["image_width"] for f in held.facts if f["source"] == "bus_bra"} > {"274"}
