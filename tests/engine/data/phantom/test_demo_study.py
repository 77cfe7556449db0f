"""The bundled demo study is what its README says."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np

from engine.data.phantom import simulate_prepared
from engine.data.preprocess import prepare
from engine.dicom.headers import read_header
from engine.dicom.pixels import read_dicom_frame
from engine.dicom.views import find_views
from engine.domain.resources import resource

CASES, SEED = 12, 284


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_it_is_small_and_complete() -> None:
    folder = resource("demo_study")
    assert sum(p.stat().st_size for p in folder.rglob("*")) < 8e6
    labels = _rows(folder / "labels.csv")
    assert len(labels) == len(_rows(folder / "descriptors.csv")) == CASES
    assert {row["label"] for row in labels} == {"benign", "malignant"}


def test_it_is_what_its_command_writes() -> None:
    folder = resource("demo_study")
    drawn = list(simulate_prepared(CASES, SEED, 64))
    assert [row["case_id"] for row in _rows(folder / "labels.csv")] == [case.case_id for case, _ in drawn]
    for number, (case, _) in enumerate(drawn, 1):
        for path in (folder / f"case-{number:04d}").iterdir():
            header = read_header(path)
            frame = read_dicom_frame(str(path), header.middle_frame).pixels
            for image in find_views(header, frame):
                stored = prepare(image, frame, 64).pixels.astype(int)
                # other processors may round otherwise, and one file is lossy
                assert np.abs(stored - case.images[image.modality].pixels).mean() < 2
