"""The stated table: what is drawn follows it, and files hold only terms of the task."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import numpy as np
import pytest

from engine.data.phantom.latents import draw, log_posterior
from engine.data.phantom.table import Factor, load_table
from engine.domain.descriptors import parse
from engine.domain.errors import CaseError
from engine.domain.task import load_task

TASK = "breast_lesion"
CASES = 4000


@pytest.fixture(scope="module")
def drawn() -> list:
    return [draw(TASK, 41, i) for i in range(CASES)]


def test_drawn_frequencies_follow_the_table(drawn: list) -> None:
    table = load_table(TASK)
    malignant = [d for d in drawn if d.class_index == 1]
    assert len(malignant) / CASES == pytest.approx(table.prior[1], abs=0.03)
    factor = next(f for f in table.factors if f.name == "internal_echoes")
    seen = Counter(d.terms["internal_echoes"] for d in malignant)
    for term, chance in factor.terms(1).items():
        assert seen[term] / len(malignant) == pytest.approx(chance, abs=0.04)
    texture = np.array([d.values["texture"] for d in malignant])
    assert texture.mean() == pytest.approx(table.gaussians[0].mean[1], abs=0.1)
    assert texture.std() == pytest.approx(1.0, abs=0.06)


def test_dependent_factor_follows_the_term_it_depends_on(drawn: list) -> None:
    assert all((d.terms["calcification"] == "none") == (d.terms["calcification_site"] == "none") for d in drawn)
    assert all((d.terms["vessel_count"] == "0") == (d.terms["vessel_pattern"] == "none") for d in drawn)
    anechoic = [d for d in drawn if d.terms["echo_pattern"] == "anechoic" and d.class_index == 0]
    cystic = sum(d.terms["composition"] == "cystic" for d in anechoic) / len(anechoic)
    assert cystic == pytest.approx(0.84, abs=0.08)


def test_every_drawn_case_is_valid_for_the_task(drawn: list) -> None:
    task = load_task(TASK)
    for case in drawn[:500]:
        descriptors = parse(task, case.terms)
        assert len(descriptors.terms) == len(task.fields)


def test_every_term_of_the_task_can_be_drawn() -> None:
    table = load_table(TASK)
    for field in load_task(TASK).fields:
        factor = next(f for f in table.factors if f.name == field.name)
        stated = {
            t for per_class in factor.chances for line in per_class.values() for cell in line for t in cell.split(";")
        }
        assert stated == {t.name for t in field.terms}


def test_case_depends_on_seed_and_index_alone() -> None:
    assert draw(TASK, 1, 7) == draw(TASK, 1, 7)
    values = {draw(TASK, seed, index).values["texture"] for seed in range(5) for index in range(20)}
    assert len(values) == 100


def test_posterior_of_one_factor_is_bayes_rule() -> None:
    table = load_table(TASK)
    only = replace(table, factors=tuple(f for f in table.factors if f.name == "internal_echoes"), gaussians=())
    case = draw(TASK, 1, 0)
    scores = log_posterior(case, ("descriptors",), only)
    benign, malignant = (only.factors[0].terms(c)[case.terms["internal_echoes"]] for c in (0, 1))
    expected = 0.4 * malignant / (0.4 * malignant + 0.6 * benign)
    assert 1 / (1 + np.exp(scores[0] - scores[1])) == pytest.approx(expected)


def test_wrong_tables_are_refused() -> None:
    table = load_table(TASK)
    short = Factor(name="x", evidence="visible", given="", chances=({"": {"a": 0.5}}, {"": {"a": 1.0}}))
    with pytest.raises(CaseError, match="add up to 1"):
        replace(table, factors=(short,))
    orphan = Factor(name="x", evidence="visible", given="nobody", chances=({"other": {"a": 1.0}},) * 2)
    with pytest.raises(CaseError, match="nobody"):
        replace(table, factors=(orphan,))
    with pytest.raises(CaseError, match="swe"):
        table.evidence(("swe",))
