"""A second load of the same data decodes nothing, whatever the data are."""

from __future__ import annotations

import csv
import os
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from engine.data.decoding import DecoderPool
from engine.data.folder import open_folder
from engine.data.manifest import write_manifest
from engine.data.phantom import generate
from engine.domain.task import load_task
from engine.training.sources import load_cases
from tests.engine.data.research_pictures import bus_bra, bus_bra_row

TASK = load_task("breast_lesion")


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four simulated cases, last changed an hour ago; do not change it."""
    folder = tmp_path_factory.mktemp("phantom") / "study"
    generate(folder, cases=4, seed=12)
    for path in folder.rglob("*"):
        os.utime(path, (time.time() - 3600,) * 2)
    return folder


def dicom_tree(study: Path, place: Path) -> str:
    return str(study)


def manifest_without_crops(study: Path, place: Path) -> str:
    write_manifest(open_folder(str(study)), place / "whole.csv")
    with (place / "whole.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    kept = [c for c in rows[0] if not c.endswith(("_crop", "_colour_box", "_frame"))]
    with (place / "cases.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, kept, extrasaction="ignore")
        writer.writeheader()
        writer.writerows(rows)
    return str(place / "cases.csv")


def two_research_sets(study: Path, place: Path) -> str:
    one = bus_bra(place / "one", [bus_bra_row(n) for n in range(4)])
    other = bus_bra(place / "other", [bus_bra_row(n) for n in range(4, 8)])
    return f"{one} + {other}"


@pytest.mark.parametrize("source", [dicom_tree, manifest_without_crops, two_research_sets])
def test_a_second_load_starts_no_decoder(
    source: Callable[[Path, Path], str], study: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = source(study, tmp_path)
    first = load_cases(data, TASK, 32)
    asked: list[object] = []
    monkeypatch.setattr(DecoderPool, "_run", lambda self, work, item: asked.append(item))
    second = load_cases(data, TASK, 32)
    assert asked == []
    assert first.case_ids == second.case_ids
    for modality, stack in first.images.items():
        np.testing.assert_array_equal(stack, second.images[modality])
    np.testing.assert_array_equal(first.present, second.present)


def test_patients_of_two_sources_are_kept_apart(tmp_path: Path) -> None:
    cases = load_cases(two_research_sets(tmp_path, tmp_path), TASK, 32)
    again = [bus_bra(tmp_path / name / "set", [bus_bra_row(n) for n in range(4)]) for name in ("a", "b")]
    same_numbers = load_cases([str(path) for path in again], TASK, 32)
    assert len(np.unique(cases.groups)) == 8
    assert len(np.unique(same_numbers.groups)) == 8
    assert len(set(same_numbers.case_ids)) == 8
    assert {f["source"] for f in same_numbers.facts} == {"set", "set-2"}
    assert cases.folds.tolist() == [1, 1, 2, 2, 3, 3, 4, 4]


def test_simulated_and_real_cases_train_together(tmp_path: Path) -> None:
    folder = bus_bra(tmp_path / "set", [bus_bra_row(n) for n in range(4)])
    cases = load_cases(f"{folder} + phantom:3:1", TASK, 32)
    assert len(cases) == 7
    assert not cases.simulated
    assert cases.present[:, :2].tolist() == [[True, False]] * 4 + [[True, True]] * 3
    assert cases.folds.tolist() == [1, 1, 2, 2, 0, 0, 0]
