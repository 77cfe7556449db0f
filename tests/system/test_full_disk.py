"""A full disk and a read-only one at each place where the program writes: a sentence, old data whole, retry works."""

from __future__ import annotations

import logging
import shutil
from pathlib import Path

import pytest
import torch

from engine.data.folder import open_folder
from engine.data.manifest import write_manifest
from engine.evaluation.judgement import judge
from engine.jobs import SaveTable
from engine.jobs.batch_entry import batch
from engine.models.files import ModelFile, installed_models, load_model, user_models_folder
from engine.models.in_use import RECORD, history, promote, undo
from engine.models.installing import install
from engine.serving.batch import score_folder
from engine.serving.batch_options import BatchOptions
from engine.serving.evaluation.written import written
from engine.store import ReadingStore
from engine.training.checkpoint import Checkpoint, load_checkpoint, save_checkpoint
from tests.engine.evaluation.scored_example import binary_scored
from tests.engine.store.test_readings import make_reading
from tests.system.small_disk import SmallDisk, sentence
from workstation.log import end_log, start_log
from workstation.preferences import Preferences


def test_readings_and_drafts(disk: SmallDisk, ill: str) -> None:
    file = disk.place / "readings.sqlite"
    long = "x" * 200_000  # some room is left in files that are already there

    def save_many() -> None:
        with ReadingStore(file) as store:
            for number in range(40):
                store.save(make_reading(f"c-{number + 9}", comment=long))

    def type_much() -> None:
        with ReadingStore(file) as store:
            for number in range(40):
                store.save_draft(make_reading("c-2", comment=f"{long}{number}"))

    with ReadingStore(file) as store:
        saved = store.save(make_reading("c-1", comment="before"))
        store.save_draft(make_reading("c-2", comment="typed before"))
    disk.make_ill(ill)
    sentence(save_many, file.name)
    sentence(type_much, file.name)
    disk.make_well()
    with ReadingStore(file) as store:
        draft = store.draft("c-2")
        assert store.latest("c-1") == saved and draft is not None and draft.comment.startswith(("typed before", "x"))
        store.save(make_reading("c-1", comment="after"))
        store.save_draft(make_reading("c-2", comment="typed after"))
        assert [r.comment for r in store.history("c-1")] == ["before", "after"]
        assert store.problems() == ()


def test_preferences(disk: SmallDisk, ill: str, caplog: pytest.LogCaptureFixture) -> None:
    path = disk.place / "preferences.json"
    kept = Preferences(path)
    kept.set("theme", "light")
    assert kept.save()
    disk.make_ill(ill)
    kept.set("layout", "x" * 50_000)
    assert not kept.save() and "preferences are not saved" in caplog.text
    assert Preferences(path).get("theme") == "light"
    disk.make_well()
    assert kept.save() and len(Preferences(path).get("layout")) == 50_000


def results(study: Path, model: ModelFile, out: Path) -> object:
    """A run with heatmaps: the journal, pictures and tables are written."""
    return score_folder(
        BatchOptions(folder=study, out=out, model=str(model.weights), heatmaps=True, resume=True, workers=1)
    )


def test_results_and_heatmaps(disk: SmallDisk, ill: str, study: Path, model: ModelFile, tmp_path: Path) -> None:
    few = tmp_path / "few"
    for case in sorted(study.glob("case-*"))[:3]:
        shutil.copytree(case, few / case.name)
    out = disk.place / "out"
    results(few, model, out)
    before = (out / "results.csv").read_bytes()
    shutil.copytree(sorted(study.glob("case-*"))[5], few / "one-more")
    disk.make_ill(ill)
    said = sentence(lambda: results(few, model, out), "out")
    assert "Free some space" in said or "choose another folder" in said
    assert (out / "results.csv").read_bytes() == before
    disk.make_well()
    results(few, model, out)
    assert len((out / "results.csv").read_text().splitlines()) == 5
    assert len(list((out / "heatmaps").glob("*.png"))) == 8


def test_a_table_that_is_exported(disk: SmallDisk, ill: str, tmp_path: Path) -> None:
    table, target = tmp_path / "results.csv", disk.place / "mine.csv"
    target.write_text("what was there")
    table.write_text("case_id\n" * 20_000)
    disk.make_ill(ill)
    request = SaveTable(out=str(tmp_path), path=str(target))
    sentence(lambda: batch()(request, None), "mine.csv")  # type: ignore[arg-type]
    assert target.read_text() == "what was there" and not list(disk.place.glob("*.part"))
    disk.make_well()
    batch()(request, None)  # type: ignore[arg-type]
    assert target.read_bytes() == table.read_bytes()


def test_a_backup(disk: SmallDisk, ill: str, tmp_path: Path) -> None:
    target = disk.place / "backup.sqlite"
    with ReadingStore(tmp_path / "readings.sqlite") as store:
        store.save(make_reading("c-1"))
        store.backup(target)
        before = target.read_bytes()
        store.save(make_reading("c-2", comment="x" * 300_000))
        disk.make_ill(ill)
        sentence(lambda: store.backup(target), target.name)
        assert target.read_bytes() == before
        disk.make_well()
        store.backup(target)
        assert target.read_bytes() != before


def test_the_log_never_stops_the_program(
    disk: SmallDisk, ill: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("SONOFUSE_HOME", str(disk.place))
    log = logging.getLogger("engine.test_full_disk")
    handler = start_log()
    log.warning("before")
    if ill == "read-only":
        end_log(handler)  # a disk with open files cannot be protected
    disk.make_ill(ill)
    long = "x" * 1000
    for _ in range(200):
        log.warning("%s", long)
    end_log(handler)
    again = start_log()
    log.warning("y")
    end_log(again)
    assert "before" in (disk.place / "logs" / "sonofuse.log").read_text()
    disk.make_well()
    handler = start_log()
    log.warning("after")
    end_log(handler)
    assert "after" in (disk.place / "logs" / "sonofuse.log").read_text()
    assert "Traceback" not in capsys.readouterr().err


def test_the_index_of_a_folder_is_only_a_help(
    disk: SmallDisk, ill: str, study: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SONOFUSE_HOME", str(disk.place))
    expected = open_folder(str(study), index=False)
    disk.make_ill(ill)
    assert open_folder(str(study)).cases == expected.cases
    disk.make_well()
    assert open_folder(str(study)).cases == expected.cases
    assert open_folder(str(study)).cases == expected.cases


def test_a_checkpoint(disk: SmallDisk, ill: str) -> None:
    folder = disk.place / "run" / "checkpoint"

    def at(step: int, numbers: int) -> Checkpoint:
        return Checkpoint(step=step, facts={"epoch": step}, tensors={"weight": torch.full((numbers,), float(step))})

    save_checkpoint(folder, at(1, 1000))
    disk.make_ill(ill)
    said = sentence(lambda: save_checkpoint(folder, at(2, 100_000)), "run")
    assert "resume" in said and "checkpoint before is kept" in said
    kept = load_checkpoint(folder)
    assert kept is not None and kept.step == 1 and kept.tensors["weight"].eq(1.0).all()
    assert [path.name for path in folder.iterdir()] == ["step-000000001"]
    disk.make_well()
    save_checkpoint(folder, at(2, 100_000))
    kept = load_checkpoint(folder)
    assert kept is not None and kept.step == 2 and len(kept.tensors["weight"]) == 100_000


def test_installing_a_model(disk: SmallDisk, ill: str, model: ModelFile, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SONOFUSE_HOME", str(disk.place))
    before = {file.card.name for file in installed_models()}
    disk.make_ill(ill)
    sentence(lambda: install(str(model.weights)), "model")
    assert {file.card.name for file in installed_models()} == before
    disk.make_well()
    load_model(install(str(model.weights)))
    assert {file.card.name for file in installed_models()} == before | {model.card.name}


def test_a_training_set(disk: SmallDisk, ill: str, study: Path) -> None:
    """The manifest, as the export of readings writes it."""
    target, folder = disk.place / "training.csv", open_folder(str(study), index=False)
    target.write_text("what was there")
    disk.make_ill(ill)
    sentence(lambda: write_manifest(folder, target), target.name)
    assert target.read_text() == "what was there" and not list(disk.place.glob("*.part"))
    disk.make_well()
    write_manifest(folder, target)
    assert len(target.read_text().splitlines()) == len(folder.cases) + 1


def test_the_record_of_models_in_use(
    disk: SmallDisk, ill: str, model: ModelFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SONOFUSE_HOME", str(disk.place))
    name, record = model.card.name, user_models_folder() / RECORD
    disk.make_well()  # with room for a model
    install(str(model.weights))
    promote(name, by="A. Reader", reason="the first one")
    before = record.read_bytes()
    disk.make_ill(ill)
    long = "better " * 900  # more than the room in the last block of the file
    said = sentence(lambda: undo(model.card.task, simulated=True, by="A. Reader", reason=long), "models in use")
    assert "Nothing was changed" in said and record.read_bytes() == before
    disk.make_well()
    undo(model.card.task, simulated=True, by="A. Reader", reason=long)
    promote(name, by="A. Reader", reason="once more")
    assert [(entry.model, entry.undoes) for entry in history()] == [(name, False), ("", True), (name, False)]


def test_a_report(disk: SmallDisk, ill: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without figures, whose drawing takes long and is no writing."""
    monkeypatch.setattr("engine.serving.evaluation.written.album", lambda *_: iter(()))
    scored = binary_scored(60)
    judgement = judge(scored, yardsticks=False, resamples=20)
    out = disk.place / "report"
    before = {name: (out / name).read_bytes() for name in written(scored, judgement, out).files}
    more = binary_scored(90, seed=2)
    long = judge(more, yardsticks=False, resamples=20)
    disk.make_ill(ill)
    sentence(lambda: written(more, long, out), ".")
    assert (out / "cases.csv").read_bytes() == before["cases.csv"]
    assert (out / "metrics.json").read_bytes() == before["metrics.json"]
    disk.make_well()
    written(more, long, out)
    assert len((out / "cases.csv").read_text().splitlines()) == 91
