"""Locked cases of a gate: never shared with the training data, and the same ones when they are compared on."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from engine.domain.errors import CaseError
from engine.domain.task import load_task
from engine.domain.training import Gate, RunPhase
from engine.jobs.training_data import report
from engine.training.locked import digest_of, refuse_changed
from engine.training.recipe import ModelPart, Recipe, SchedulePart
from engine.training.run_data import load_run_data
from engine.training.run_folder import read_state, write_state
from engine.training.sources import load_cases
from engine.training.trainer import new_run, train_run
from tests.engine.data.research_pictures import bus_bra, bus_bra_row

BREAST = load_task("breast_lesion")
RECIPE = Recipe(
    name="test",
    model=ModelPart(input_size=32, options={"width": 4}),
    schedule=SchedulePart(epochs=1, batch_size=8),
)
TRAINED_ON = range(24)


@pytest.fixture
def training(tmp_path: Path) -> Path:
    return bus_bra(tmp_path / "training", [bus_bra_row(n) for n in TRAINED_ON])


def locked(folder: Path, first_patient: int = 200) -> Path:
    """Other pictures, of patients from this number on."""
    return bus_bra(folder, [bus_bra_row(n, patient=first_patient + n - 100) for n in range(100, 124)])


def loaded(training: Path | str, test_data: Path | str) -> str:
    gate = Gate(test_data=str(test_data))
    return load_run_data(str(training), RECIPE, BREAST, 32, gate=gate).locked_digest


def kinds(training: Path | str, test_data: Path | str) -> set[tuple[str, bool]]:
    found = report(str(training), "breast_lesion", lambda *_: None, locked=str(test_data), size=32)
    return {(p.kind, p.blocks) for p in found.problems}


def test_cases_apart_are_taken_and_remembered_by_their_digest(training: Path, tmp_path: Path) -> None:
    test_data = locked(tmp_path / "locked")
    digest = loaded(training, test_data)
    assert digest == digest_of(load_cases(str(test_data), BREAST, 32)) and len(digest) == 64
    assert not any(blocks for _, blocks in kinds(training, test_data))
    gate = Gate(test_data=str(test_data), digest=digest)
    refuse_changed(gate, digest)
    table = test_data / "cases.csv"
    table.write_text(table.read_text().replace("malignant", "benign", 1))
    with pytest.raises(CaseError, match="have changed since the training began"):
        refuse_changed(gate, loaded(training, test_data))


@pytest.mark.parametrize("other", ["", " + phantom:8:3"])
def test_a_shared_patient_is_refused_however_many_sources_there_are(training: Path, tmp_path: Path, other: str) -> None:
    test_data = locked(tmp_path / "locked", first_patient=20)  # the first four were trained on
    with pytest.raises(CaseError, match=r"4 of the locked test cases share patients .*bus_0100-l with bus_0020-l"):
        loaded(f"{training}{other}", test_data)
    assert ("patient in locked cases", True) in kinds(f"{training}{other}", test_data)


def test_a_patient_of_several_sources_is_known_again(training: Path, tmp_path: Path) -> None:
    more = bus_bra(tmp_path / "more", [bus_bra_row(n, patient=n + 300) for n in range(30, 54)])
    with pytest.raises(CaseError, match="share patients"):
        loaded(f"{training} + {more}", locked(tmp_path / "locked", first_patient=20))


def test_a_shared_image_is_refused_whatever_the_patient_is_called(training: Path, tmp_path: Path) -> None:
    test_data = locked(tmp_path / "locked")
    shutil.copy(training / "images" / "bus_0003-l.png", test_data / "images" / "bus_0107-l.png")
    with pytest.raises(CaseError, match=r"1 of the locked test cases share images .*bus_0107-l with bus_0003-l"):
        loaded(training, test_data)
    assert ("image in locked cases", True) in kinds(training, test_data)


def test_simulated_cases_of_the_same_seed_are_the_same_cases() -> None:
    with pytest.raises(CaseError, match="share"):
        loaded("phantom:24:1", "phantom:12:1")
    assert kinds("phantom:24:1", "phantom:12:1") == {("image in locked cases", True)}
    assert kinds("phantom:24:1", "phantom:12:2") == set()


def test_problems_of_the_locked_cases_are_in_the_list(training: Path, tmp_path: Path) -> None:
    test_data = locked(tmp_path / "locked")
    (test_data / "images" / "bus_0101-l.png").write_bytes(b"no picture")
    (test_data / "images" / "bus_0102-l.png").unlink()
    found = report(str(training), "breast_lesion", lambda *_: None, locked=str(test_data), size=32)
    told = [p.sentence for p in found.problems]
    assert found.n_locked == 22 and len(told) >= 2
    assert all(sentence.startswith("Locked test cases: ") for sentence in told)


def test_a_run_writes_the_digest_down_and_does_not_go_on_with_others(tmp_path: Path) -> None:
    run = new_run(RECIPE, "phantom:40:1", name="mine", gate=Gate(test_data="phantom:16:2"))
    assert train_run(run, device="cpu", should_stop=lambda: True).state is RunPhase.STOPPED
    state = read_state(run)
    assert state.gate is not None and len(state.gate.digest) == 64
    other = Gate(test_data="phantom:16:3", digest=state.gate.digest)
    write_state(run, type(state)(**{**vars(state), "gate": other}))
    assert "locked test cases have changed" in train_run(run, device="cpu").sentence
    write_state(run, state)
    done = train_run(run, device="cpu")
    assert done.state is RunPhase.FINISHED, done.sentence
    assert done.result["simulated"] is True and done.gate == state.gate


def test_a_run_on_the_locked_cases_themselves_fails_with_a_sentence() -> None:
    run = new_run(RECIPE, "phantom:40:1", name="mine", gate=Gate(test_data="phantom:16:1"))
    state = train_run(run, device="cpu")
    assert state.state is RunPhase.FAILED and "share" in state.sentence
