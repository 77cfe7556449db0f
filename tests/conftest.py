"""Fixtures for all tests."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Folder with `bus_bra` and `breast_usg`; the test is skipped where it is absent."""
    place = os.environ.get("SONOFUSE_SHARED")
    folder = Path(place) if place else Path(__file__).resolve().parents[2] / "shared" / "data"
    if not folder.is_dir():
        pytest.skip(f"the research images are not at {folder}; set SONOFUSE_SHARED to their folder")
    return folder


@pytest.fixture(autouse=True)
def own_home(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every test has a data folder of its own; nobody's readings are touched."""
    monkeypatch.setenv("SONOFUSE_HOME", str(tmp_path_factory.mktemp("home")))
