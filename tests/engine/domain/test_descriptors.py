"""Descriptors: the paper's patients, the rule between two fields, and what missing means."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.domain.descriptors import Descriptors, checked, from_codes, parse
from engine.domain.errors import CaseError, ErrorKind
from engine.domain.task import Task, load_task

TASK = load_task("breast_lesion")
BENIGN = (1, 3, 2, 3, 1, 3, 1, 1, 0, 0)
MALIGNANT = (2, 3, 1, 2, 2, 3, 1, 1, 2, 1)


@pytest.mark.parametrize("codes", [BENIGN, MALIGNANT])
def test_the_papers_two_patients_validate(codes: tuple[int, ...]) -> None:
    descriptors = from_codes(TASK, codes)
    assert descriptors.codes(TASK) == codes
    assert parse(TASK, descriptors.as_row(TASK)) == descriptors


def test_the_papers_benign_patient_in_terms() -> None:
    row = from_codes(TASK, BENIGN).as_row(TASK)
    assert row["location"] == "upper outer" and row["orientation"] == "not parallel"
    assert row["calcification"] == row["calcification_site"] == "none"


@pytest.mark.parametrize(
    "row",
    [
        {"calcification": "none", "calcification_site": "in mass"},
        {"calcification": "micro", "calcification_site": "none"},
    ],
)
def test_contradiction_names_both_fields(row: dict[str, str]) -> None:
    with pytest.raises(CaseError) as caught:
        parse(TASK, row)
    assert caught.value.kind is ErrorKind.INVALID
    assert "calcification =" in caught.value.sentence and "calcification_site =" in caught.value.sentence
    assert all(term in caught.value.sentence for term in row.values())


@pytest.mark.parametrize(
    "row",
    [
        {"calcification": "none", "calcification_site": ""},
        {"calcification": "", "calcification_site": "in mass"},
        {"calcification": "micro"},
        {"calcification_site": "none"},
        {"calcification": "coarse", "calcification_site": "intraductal"},
        {},
    ],
)
def test_missing_is_allowed_on_either_side(row: dict[str, str]) -> None:
    assert parse(TASK, row).as_row(TASK) == {f.name: row.get(f.name, "") for f in TASK.fields}


@pytest.mark.parametrize("place", range(8))
def test_code_zero_is_illegal_outside_the_calcifications(place: int) -> None:
    codes = list(BENIGN)
    codes[place] = 0
    with pytest.raises(CaseError) as caught:
        from_codes(TASK, codes)
    assert TASK.fields[place].name in caught.value.sentence


def test_calcification_codes_follow_each_other() -> None:
    for wrong in ((*BENIGN[:8], 0, 1), (*BENIGN[:8], 1, 0)):
        with pytest.raises(CaseError, match="calcification_site"):
            from_codes(TASK, wrong)
    assert from_codes(TASK, (*BENIGN[:8], None, 0)).codes(TASK)[8:] == (None, 0)


def test_several_margins_at_once_and_one_of_everything_else() -> None:
    margins = parse(TASK, {"margin": "Spiculated; angular ;"})
    assert margins.get("margin") == ("angular", "spiculated") and margins.codes(TASK)[3] == 3
    assert margins.multi_hot(TASK).sum() == 2
    with pytest.raises(CaseError, match="shape"):
        parse(TASK, {"shape": "oval;round"})


def test_unknown_term_names_field_and_terms() -> None:
    with pytest.raises(CaseError) as caught:
        parse(TASK, {"shape": "squarish"})
    assert all(w in caught.value.sentence for w in ("shape", "squarish", "oval", "round", "irregular"))


def test_wrong_number_of_codes_is_told() -> None:
    with pytest.raises(CaseError, match="10 descriptors"):
        from_codes(TASK, BENIGN[:9])


def test_missing_differs_from_none() -> None:
    none, missing = parse(TASK, {"calcification": "none"}), parse(TASK, {})
    assert none != missing and missing.is_missing and not none.is_missing
    assert none.multi_hot(TASK).sum() == 1 and missing.multi_hot(TASK).sum() == 0
    assert missing.codes(TASK) == (None,) * 10


def test_a_field_can_be_changed_and_emptied() -> None:
    descriptors = from_codes(TASK, MALIGNANT)
    assert descriptors.with_field(TASK, "shape", ["oval"]).get("shape") == ("oval",)
    assert descriptors.with_field(TASK, "shape", []).codes(TASK)[1] is None
    with pytest.raises(CaseError, match="calcification_site"):
        descriptors.with_field(TASK, "calcification", ["none"])


def legal_terms(task: Task) -> st.SearchStrategy[dict[str, list[str]]]:
    fields = {
        f.name: st.lists(st.sampled_from([t.name for t in f.terms]), max_size=4 if f.several else 1, unique=True)
        for f in task.fields
    }
    return st.fixed_dictionaries(fields)


@given(legal_terms(TASK))
def test_rows_round_trip_and_multi_hot_says_the_same(terms: dict[str, list[str]]) -> None:
    none = {name: values == ["none"] for name, values in terms.items() if values}
    calcified = {none[n] for n in ("calcification", "calcification_site") if n in none}
    if len(calcified) == 2:
        with pytest.raises(CaseError):
            checked(TASK, terms)
        return
    descriptors = checked(TASK, terms)
    assert parse(TASK, descriptors.as_row(TASK)) == descriptors
    assert hash(parse(TASK, descriptors.as_row(TASK))) == hash(descriptors)
    names = [(f.name, t.name) for f in TASK.fields for t in f.terms]
    flags = descriptors.multi_hot(TASK)
    assert flags.dtype == np.float32 and flags.shape == (TASK.n_terms,)
    assert {names[i] for i in np.flatnonzero(flags)} == {(n, t) for n, values in terms.items() for t in values}


def test_empty_fields_are_dropped_when_built_by_hand() -> None:
    assert Descriptors({"shape": ()}).is_missing
