"""What a click in the descriptor form does; afterwards the task itself must accept the result."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from engine.domain.descriptors import Descriptors, checked
from tests.workstation.reading.cases import TASK, terms
from workstation.reading.form_rules import summary, toggled, with_terms

CLICKS = st.lists(st.sampled_from([(f.name, t.name) for f in TASK.fields for t in f.terms]), max_size=30)


def test_a_click_chooses_and_another_click_makes_the_field_missing() -> None:
    once = toggled(TASK, Descriptors(), "shape", "oval").descriptors
    assert once.get("shape") == ("oval",)
    assert toggled(TASK, once, "shape", "oval").descriptors.is_missing


def test_one_term_replaces_another_where_only_one_is_allowed() -> None:
    assert toggled(TASK, terms(shape="oval"), "shape", "round").descriptors.get("shape") == ("round",)


def test_several_margins_hold_at_once_in_the_order_of_the_table() -> None:
    both = toggled(TASK, terms(margin="spiculated"), "margin", "indistinct").descriptors
    assert both.get("margin") == ("indistinct", "spiculated")


def test_no_calcification_takes_its_site_along_and_says_so() -> None:
    before = terms(calcification="micro", calcification_site="in mass")
    change = toggled(TASK, before, "calcification", "none")
    assert change.descriptors.get("calcification_site") == ("none",)
    assert "Calcification site was set to “no calcification”" in change.sentence


def test_a_calcification_clears_the_site_that_says_none() -> None:
    before = terms(calcification="none", calcification_site="none")
    change = toggled(TASK, before, "calcification", "micro")
    assert change.descriptors.get("calcification") == ("micro",)
    assert change.descriptors.get("calcification_site") == ()
    assert "Calcification site no longer says" in change.sentence


def test_a_site_clears_the_calcification_that_says_none() -> None:
    before = terms(calcification="none", calcification_site="none")
    change = toggled(TASK, before, "calcification_site", "in mass")
    assert change.descriptors.get("calcification") == () and change.sentence


def test_a_missing_other_side_is_left_missing() -> None:
    change = toggled(TASK, Descriptors(), "calcification", "none")
    assert change.descriptors.get("calcification_site") == () and change.sentence == ""


def test_clearing_a_field() -> None:
    assert with_terms(TASK, terms(shape="oval", margin="angular"), "margin", ()).descriptors == terms(shape="oval")


@given(CLICKS)
def test_no_series_of_clicks_makes_a_contradiction(clicks: list[tuple[str, str]]) -> None:
    descriptors = Descriptors()
    for field, term in clicks:
        chosen = term not in descriptors.get(field)
        descriptors = toggled(TASK, descriptors, field, term).descriptors
        assert (term in descriptors.get(field)) == chosen  # the click itself always counts
        assert checked(TASK, descriptors.terms) == descriptors


def test_the_summary_counts_fields() -> None:
    assert summary(TASK, terms(shape="oval", margin="angular;spiculated")) == "2 of 10"
