"""Labelled cases from a study folder and its manifest: what is used, what is left out and what is refused."""

from __future__ import annotations

import csv
import shutil
from pathlib import Path

import numpy as np
import pytest

from engine.data.folder import open_folder
from engine.data.manifest import write_manifest
from engine.data.phantom import generate
from engine.domain.errors import CaseError
from engine.domain.task import load_task
from engine.training.cases import LabelledCases
from engine.training.sources import load_cases

BREAST = load_task("breast_lesion")


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four simulated cases; do not change it."""
    folder = tmp_path_factory.mktemp("phantom") / "study"
    generate(folder, cases=4, seed=12)
    return folder


@pytest.fixture
def copy(study: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(study, tmp_path / "copy"))


def relabelled(folder: Path, change: dict[int, str]) -> None:
    path = folder / "labels.csv"
    with path.open(newline="") as file:
        rows = list(csv.DictReader(file))
    for index, label in change.items():
        rows[index]["label"] = label
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, ["case_id", "label"])
        writer.writeheader()
        writer.writerows(rows)


def by_id(cases: LabelledCases) -> dict[str, tuple[int, list[float]]]:
    return {c: (int(t), d.tolist()) for c, t, d in zip(cases.case_ids, cases.targets, cases.descriptors, strict=True)}


def test_folder_manifest_and_memory_hold_the_same_cases(study: Path, tmp_path: Path) -> None:
    memory = load_cases("phantom:4:12", BREAST, 64)
    folder = load_cases(str(study), BREAST, 64)
    write_manifest(open_folder(str(study)), tmp_path / "manifest.csv")
    manifest = load_cases(str(tmp_path / "manifest.csv"), BREAST, 64)
    assert by_id(folder) == by_id(manifest) == by_id(memory)
    assert folder.simulated and manifest.simulated
    order = [folder.case_ids.index(c) for c in memory.case_ids]
    np.testing.assert_array_equal(folder.images["bmode"][order], memory.images["bmode"])


def test_cases_without_a_class_are_left_out_and_named(copy: Path) -> None:
    relabelled(copy, {1: ""})
    cases = load_cases(str(copy), BREAST, 64)
    assert len(cases) == 3
    assert len(cases.left_out) == 1
    assert "not known" in cases.left_out[0]


def test_a_class_that_the_task_does_not_know_leaves_the_case_out_and_is_told(copy: Path) -> None:
    relabelled(copy, {0: "suspicious"})
    cases = load_cases(str(copy), BREAST, 64)
    assert len(cases) == 3
    assert any("suspicious" in sentence for sentence in cases.left_out)


def test_a_folder_without_any_class_is_refused_with_the_remedy(copy: Path) -> None:
    relabelled(copy, dict.fromkeys(range(4), ""))
    with pytest.raises(CaseError, match=r"labels\.csv"):
        load_cases(str(copy), BREAST, 64)


def test_a_broken_image_costs_its_own_case_or_modality_only(copy: Path) -> None:
    victim = max((p for p in copy.rglob("*") if p.suffix not in (".csv", ".json")), key=lambda p: p.stat().st_size)
    victim.write_bytes(victim.read_bytes()[:900])
    cases = load_cases(str(copy), BREAST, 64)
    assert 3 <= len(cases) <= 4
    whole = cases.present[:, :2].all(axis=1)
    assert whole.sum() == 3
