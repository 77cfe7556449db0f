"""Cases on disk are the cases that were kept."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from engine.domain.errors import CaseError
from engine.domain.task import load_task
from engine.training.kept_cases import are_kept, keep_cases, kept_cases
from engine.training.sources import load_cases

TASK = load_task("breast_lesion")


def test_kept_cases_come_back_the_same(tmp_path: Path) -> None:
    cases = load_cases("phantom:4:7", TASK, 32)
    assert not are_kept(tmp_path)
    keep_cases(cases, tmp_path)
    assert are_kept(tmp_path)
    again = kept_cases(tmp_path, TASK)
    assert again.case_ids == cases.case_ids
    assert again.simulated
    for modality, stack in cases.images.items():
        assert np.array_equal(again.images[modality], stack)
    rows = np.array([2, 0])
    for one, other in zip(cases.batch(rows)[1:], again.batch(rows)[1:], strict=True):
        assert one.equal(other)
    assert np.array_equal(again.groups, cases.groups)


def test_a_damaged_file_is_a_sentence(tmp_path: Path) -> None:
    keep_cases(load_cases("phantom:2:7", TASK, 32), tmp_path)
    (tmp_path / "bmode.npy").write_bytes(b"no array")
    with pytest.raises(CaseError, match="Delete that folder"):
        kept_cases(tmp_path, TASK)
