"""Where the case database lies; the folders themselves are told by `engine.data.places`."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from engine.data.places import APPLICATION, HOME_VARIABLE, data_folder, log_folder

__all__ = [
    "APPLICATION",
    "HOME_VARIABLE",
    "data_folder",
    "database_file",
    "gate_report",
    "log_folder",
    "reports_folder",
]


def database_file() -> Path:
    """The case database that is opened when none is named."""
    return data_folder() / "readings.sqlite"


def reports_folder() -> Path:
    """Where the window puts the reports of evaluations; it may not exist yet."""
    return data_folder() / "reports"


def gate_report(run: str) -> Path:
    """Folder for a new comparison of a run's model with the one in use; it is among the other reports."""
    return reports_folder() / f"{datetime.now():%Y-%m-%d-%H%M%S}-{run}-gate"
