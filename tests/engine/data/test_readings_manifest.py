"""Own readings as a training set: who is in, what is told of them, and whom nobody can recognise."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from engine.data.folder import open_folder
from engine.data.index import remembered_folders
from engine.data.phantom import generate
from engine.data.readings_manifest import joined_folders, write_readings
from engine.domain.agreement import Pathology
from engine.domain.assessment import Category, Reading, Stage
from engine.domain.case import StudyFolder
from engine.domain.descriptors import from_codes
from engine.domain.errors import CaseError
from engine.domain.task import load_task
from engine.domain.training_export import ReadCase
from engine.store import ReadingStore
from engine.store.training_export import read_cases
from engine.training.sources import load_cases

TASK = load_task("breast_lesion")
ROOT = Path(__file__).resolve().parents[3]
DESCRIBED = from_codes(TASK, [*[None] * (len(TASK.fields) - 1), TASK.fields[-1].terms[0].code])


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Six simulated cases, last changed an hour ago, so that the index remembers them; do not change it."""
    folder = tmp_path_factory.mktemp("phantom") / "study"
    generate(folder, cases=6, seed=12)
    (folder / "labels.csv").unlink()
    for path in folder.rglob("*"):
        os.utime(path, (time.time() - 3600,) * 2)
    return folder


def reading(case_id: str, category: Category | None, stage: Stage = Stage.OPEN, *, ai_shown: bool = False) -> Reading:
    return Reading(
        case_id=case_id, task=TASK.name, category=category, descriptors=DESCRIBED, stage=stage, ai_shown=ai_shown,
        comment="a private remark",
    )  # fmt: skip


def fill(store: ReadingStore, folder: StudyFolder) -> None:
    """Case 0: first and second reading; 1: open, with AI; 2: no pathology; 3: no reading; 4, 5: nothing."""
    names = [case.case_id for case in folder.cases]
    store.save(reading(names[0], Category.LOW_SUSPICION, Stage.FIRST))
    store.save(reading(names[0], Category.HIGHLY_SUGGESTIVE, Stage.SECOND, ai_shown=True))
    store.save(reading(names[1], Category.BENIGN, ai_shown=True))
    store.save(reading(names[2], Category.BENIGN))
    store.save(reading("c-elsewhere", Category.BENIGN))
    for name, found in ((names[0], "benign"), (names[0], "malignant"), (names[1], "benign"), (names[3], "benign")):
        store.save_pathology(Pathology(case_id=name, task=TASK.name, class_name=found, note="a private note"))
    store.save_pathology(Pathology(case_id="c-elsewhere", task=TASK.name, class_name="benign"))


@pytest.fixture
def read(study: Path, tmp_path: Path) -> tuple[ReadCase, ...]:
    with ReadingStore(tmp_path / "readings.sqlite") as store:
        fill(store, open_folder(str(study)))
        return read_cases(store, TASK.name)


def test_only_read_cases_with_pathology_are_written_and_the_others_counted(
    study: Path, read: tuple[ReadCase, ...], tmp_path: Path
) -> None:
    folder = open_folder(str(study))
    done = write_readings(folder, read, tmp_path / "training.csv")
    assert (done.written, done.no_pathology, done.no_reading, done.not_here) == (2, 1, 1, 1)
    assert "1 case left out: no pathology was entered." in done.sentence
    back = open_folder(str(tmp_path / "training.csv"))
    assert back.refusals == ()
    first, second = back.cases
    assert (first.label, second.label) == ("malignant", "benign")
    assert (first.facts["birads"], first.facts["birads_without_ai"]) == ("4A", "yes")
    assert (second.facts["birads"], second.facts["birads_without_ai"]) == ("2", "no")
    assert first.descriptors == DESCRIBED
    assert {m: i.crop for m, i in first.images.items()} == {m: i.crop for m, i in folder.cases[0].images.items()}


def test_it_trains_like_the_folder_itself(study: Path, read: tuple[ReadCase, ...], tmp_path: Path) -> None:
    write_readings(open_folder(str(study)), read, tmp_path / "training.csv")
    cases = load_cases(str(tmp_path / "training.csv"), TASK, 32)
    assert cases.targets.tolist() == [1, 0]
    assert cases.present.all()
    assert len(np.unique(cases.groups)) == 2
    assert all(group.startswith("p-") for group in cases.groups)


def test_no_patient_is_named_unless_asked_for(study: Path, read: tuple[ReadCase, ...], tmp_path: Path) -> None:
    folder = open_folder(str(study))
    private = [folder.cases[0].patient_id, folder.cases[0].study_uid, "private"]
    assert all(private)
    written = {}
    for name, options in (("a", {}), ("b", {}), ("salted", {"salt": b"another"}), ("kept", {"keep_patient_ids": True})):
        write_readings(folder, read, tmp_path / name, **options)
        written[name] = (tmp_path / name).read_text()
    assert not any(word in written["a"] for word in private)
    assert written["a"] == written["b"], "the same pseudonyms in every export of this computer"
    assert written["a"] != written["salted"]
    assert private[0] in written["kept"]
    assert "private" not in written["kept"]


def test_the_readers_pairing_is_written(study: Path, read: tuple[ReadCase, ...], tmp_path: Path) -> None:
    folder = open_folder(str(study))
    case = folder.cases[1]
    images = case.images
    swapped = {"bmode": (images["doppler"].sop_uid, images["doppler"].frame)}
    chosen = [
        ReadCase(case_id=r.case_id, latest=r.latest, pathology=r.pathology, pairing=swapped)
        for r in read
        if r.case_id == case.case_id
    ]
    write_readings(folder, chosen, tmp_path / "training.csv")
    (back,) = open_folder(str(tmp_path / "training.csv")).cases
    assert list(back.images) == ["bmode"]
    assert back.images["bmode"].path == images["doppler"].path


def test_nothing_to_write_is_told_and_leaves_no_file(study: Path, read: tuple[ReadCase, ...], tmp_path: Path) -> None:
    unknown = [r for r in read if r.pathology is None]
    with pytest.raises(CaseError, match=r"nothing to write.*no pathology"):
        write_readings(open_folder(str(study)), unknown, tmp_path / "training.csv")
    assert not (tmp_path / "training.csv").exists()


def test_folders_that_were_opened_are_found_again(study: Path) -> None:
    folder = open_folder(str(study))
    assert len(joined_folders([folder, folder]).cases) == 6
    (found,) = remembered_folders()
    assert study.is_relative_to(found) or Path(found).is_relative_to(study)
    assert {c.case_id for c in open_folder(found).cases} == {c.case_id for c in folder.cases}


def test_the_command_says_what_it_wrote(study: Path, tmp_path: Path) -> None:
    with ReadingStore() as store:
        fill(store, open_folder(str(study)))
    command = [sys.executable, "-m", "engine.cli", "export-readings", "--out", str(tmp_path / "training.csv")]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("2 cases written")
    assert "no pathology" in done.stdout
