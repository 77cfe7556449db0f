"""The window's way to a training set from own readings: a request to the folder reader's child."""

from __future__ import annotations

import queue
from pathlib import Path
from typing import Any

from engine.data.folder import open_folder
from engine.data.phantom import generate
from engine.domain.agreement import Pathology
from engine.domain.assessment import Category, Reading
from engine.domain.training_export import TrainingExport
from engine.jobs import ExportReadings, Service
from engine.store import ReadingStore
from engine.store.training_export import read_cases


def test_a_child_writes_the_manifest(tmp_path: Path) -> None:
    generate(tmp_path / "study", cases=2, seed=3)
    case = open_folder(str(tmp_path / "study")).cases[0]
    image = case.images["bmode"]
    with ReadingStore() as store:
        store.save(Reading(case_id=case.case_id, task=case.task, category=Category.BENIGN))
        store.save_pathology(Pathology(case_id=case.case_id, task=case.task, class_name="benign"))
        store.save_pairing(case.case_id, {"bmode": (image.sop_uid, image.frame)})
        read = read_cases(store, case.task)
    out = tmp_path / "training.csv"
    request = ExportReadings(paths=(str(tmp_path / "study"),), task=case.task, read=read, out=str(out))
    answers: queue.Queue[Any] = queue.Queue()
    service = Service("engine.jobs.decode_entry:folders", name="folder reader", deadline_s=60)
    try:
        service.ask(request, key="export", on_result=answers.put, on_error=answers.put)
        done = answers.get(timeout=60)
    finally:
        service.close()
    assert isinstance(done, TrainingExport), done
    assert done.written == 1
    (written,) = open_folder(str(out)).cases
    assert (written.label, list(written.images)) == ("benign", ["bmode"])
