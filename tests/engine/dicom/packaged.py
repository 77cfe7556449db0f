"""The files that come with pydicom's wheel; nothing is ever downloaded."""

from __future__ import annotations

from pathlib import Path

import pydicom

DATA = Path(pydicom.__file__).parent / "data"
PACKAGED = DATA / "test_files"
NO_DICOM = {".py", ".pyc", ".json", ".md"}


def packaged_files() -> list[Path]:
    """Every file of the wheel's data folder that is not program text, sorted."""
    return sorted(p for p in DATA.rglob("*") if p.is_file() and p.suffix not in NO_DICOM)
