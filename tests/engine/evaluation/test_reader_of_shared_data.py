"""The readers of the two research sets, against the reference points that come with the data."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest

from engine.evaluation.reader import reader_beside


@pytest.mark.data
@pytest.mark.parametrize(
    ("folder", "columns", "reference"),
    [("bus_bra", ("BIRADS", "Pathology"), 0.894), ("breast_usg", ("BIRADS", "Classification"), 0.921)],
)
def test_the_readers_auc(shared_data: Path, folder: str, columns: tuple[str, str], reference: float) -> None:
    with (shared_data / folder / "cases.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row[columns[1]].lower() in ("benign", "malignant")]
    birads = np.array([row[columns[0]] for row in rows])
    positive = np.array([row[columns[1]].lower() == "malignant" for row in rows])
    reader = reader_beside(birads, np.linspace(0, 1, len(rows)), positive)
    assert reader is not None
    assert reader.auc.value == pytest.approx(reference, abs=0.0006)
    called = np.array([text[0] in "45" for text in birads])
    assert reader.at_cut.sensitivity.value == pytest.approx(called[positive].mean())
    assert reader.at_cut.specificity.value == pytest.approx((~called)[~positive].mean())
