"""Which model scores what: the rule of simulated models above all."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.domain.case import Case
from engine.domain.errors import CaseError, ErrorKind
from engine.domain.task import load_task
from engine.models import files
from engine.models.files import find_model, save_model, user_models_folder
from engine.models.in_use import promote, undo
from engine.serving.choice import choose_model, likely_size, opponent, why_not
from tests.engine.explain.models import SIZE, tiny

TASK = load_task("breast_lesion")
REAL = Case(case_id="real", task=TASK.name)
SIMULATED = Case(case_id="phantom", task=TASK.name, simulated=True)


@pytest.fixture(autouse=True)
def nothing_bundled(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Only what a test installs counts; the bundled demo model has tests of its own."""
    monkeypatch.setattr(files, "resource", lambda *parts: tmp_path.joinpath("bundled", *parts))


def install(name: str, task: str = "breast_lesion", **card: object) -> None:
    save_model(tiny(task), user_models_folder() / name, name=name, **card)


def test_a_real_case_is_never_scored_by_a_model_of_simulated_images() -> None:
    install("demo", simulated_only=True)
    with pytest.raises(CaseError, match=r"no model for real images is installed.*demo") as caught:
        choose_model([REAL], TASK)
    assert caught.value.kind is ErrorKind.MODEL
    assert choose_model([SIMULATED], TASK).card.name == "demo"


def test_in_a_mixed_folder_each_real_case_is_told() -> None:
    install("demo", simulated_only=True)
    card = choose_model([REAL, SIMULATED], TASK).card
    assert why_not(card, SIMULATED, None) is None
    assert "demo was trained on simulated images only" in str(why_not(card, REAL, None))


def test_naming_the_model_overrules() -> None:
    install("demo", simulated_only=True)
    card = choose_model([REAL], TASK, "demo").card
    assert why_not(card, REAL, "demo") is None


def test_a_model_for_real_images_comes_first() -> None:
    install("a-demo", simulated_only=True)
    install("b-real")
    for cases in ([REAL], [], [SIMULATED], [REAL, SIMULATED]):
        assert choose_model(cases, TASK).card.name == "b-real"


def test_simulated_studies_keep_a_model_that_uses_more_of_them() -> None:
    install("a-real", modalities_used=("bmode", "descriptors"))
    assert choose_model([SIMULATED], TASK).card.name == "a-real"
    install("b-demo", simulated_only=True)
    assert choose_model([SIMULATED], TASK).card.name == "b-demo"
    assert choose_model([REAL, SIMULATED], TASK).card.name == "a-real"


def test_the_model_that_uses_more_comes_first() -> None:
    install("a-bmode", modalities_used=("bmode",))
    install("b-all")
    assert choose_model([REAL], TASK).card.name == "b-all"


def test_a_model_of_another_task_is_not_taken() -> None:
    install("liver", task="liver_fibrosis")
    with pytest.raises(CaseError, match="no model for the task breast_lesion is installed"):
        choose_model([REAL], TASK)
    with pytest.raises(CaseError, match="liver is for the task liver_fibrosis") as caught:
        choose_model([REAL], TASK, "liver")
    assert caught.value.kind is ErrorKind.INVALID


def test_an_unknown_name_lists_the_known_ones() -> None:
    install("demo", simulated_only=True)
    with pytest.raises(CaseError, match=r"no model 'dmeo'.*demo"):
        choose_model([SIMULATED], TASK, "dmeo")


def test_squares_are_prepared_for_the_model_that_each_kind_of_case_will_get() -> None:
    install("demo", simulated_only=True)
    assert likely_size(TASK, None, simulated=True) == SIZE
    assert likely_size(TASK, None, simulated=False) == 0
    assert likely_size(TASK, find_model("demo"), simulated=False) == SIZE
    install("for-patients")
    assert likely_size(TASK, None, simulated=False) == SIZE


def ship(folder: Path, name: str, **card: object) -> None:
    """As if the program had brought it."""
    save_model(tiny(seed=len(name)), folder / "bundled" / "models" / name, name=name, **card)


def test_a_model_of_ones_own_is_not_chosen_before_it_is_promoted(tmp_path: Path) -> None:
    install("a-mine")
    assert choose_model([REAL], TASK).card.name == "a-mine", "nothing shipped fits"
    ship(tmp_path, "shipped", modalities_used=("bmode",))
    for cases in ([REAL], [], [SIMULATED], [REAL, SIMULATED]):
        assert choose_model(cases, TASK).card.name == "shipped"
    assert choose_model([REAL], TASK, "a-mine").card.name == "a-mine"
    promote("a-mine", by="A. Reader", reason="better")
    assert choose_model([REAL], TASK).card.name == "a-mine"
    undo("breast_lesion", simulated=False, by="A. Reader", reason="worse")
    assert choose_model([REAL], TASK).card.name == "shipped"


def test_a_shipped_model_of_simulated_images_does_not_keep_real_cases_from_ones_own(tmp_path: Path) -> None:
    ship(tmp_path, "demo", simulated_only=True)
    install("mine")
    assert choose_model([REAL, SIMULATED], TASK).card.name == "mine"
    assert choose_model([SIMULATED], TASK).card.name == "demo"


def test_the_opponent_is_what_would_be_chosen_without_the_candidate(tmp_path: Path) -> None:
    ship(tmp_path, "a-demo", simulated_only=True)
    install("real")
    candidate = find_model("real").card
    assert opponent(candidate, TASK) is None
    ship(tmp_path, "z-real")
    ship(tmp_path, "b-less-real", modalities_used=("bmode",))
    found = opponent(candidate, TASK)
    assert found is not None and found.card.name == "z-real", "the one that scores, not the first by name"
    promote("real", by="A", reason="x")
    found = opponent(candidate, TASK)
    assert found is not None and found.card.name == "z-real", "never itself"
    found = opponent(find_model("a-demo").card, TASK)
    assert found is not None and found.card.name == "real"
