"""What is in the box works: the demo study, the demo model, nothing named."""

from __future__ import annotations

import csv
import json
from pathlib import Path

from engine.domain.resources import resource
from tests.system.conftest import Run


def test_the_demo_study_is_scored_by_the_demo_model(sonofuse: Run, tmp_path: Path) -> None:
    done = sonofuse("score", resource("demo_study"), "--out", tmp_path, "--heatmaps", "--contributions")
    assert done.returncode == 0, done.stderr
    with (tmp_path / "results.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert [r["status"] for r in rows] == ["scored"] * 12
    assert {r["model"] for r in rows} == {"breast-demo"}
    assert len(list((tmp_path / "heatmaps").glob("*.png"))) == 24
    with resource("demo_study", "labels.csv").open(newline="", encoding="utf-8") as file:
        labels = {r["case_id"]: r["label"] for r in csv.DictReader(file)}
    right = sum(labels[r["case_id"]] == r["predicted_class"] for r in rows)
    assert right >= 9, "the demo model tells the demo cases apart"
    assert all(r["contribution_bmode"] and r["contribution_descriptors"] for r in rows)


def test_the_demo_model_is_listed(sonofuse: Run) -> None:
    table = json.loads(sonofuse("models", "--json").stdout)
    [demo] = [e for e in table if e["name"] == "breast-demo"]
    assert demo["installed"]
    assert demo["modalities"] == ["bmode", "doppler", "descriptors"]
