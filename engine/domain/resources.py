"""Where the product's data files lie: beside the `engine` folder, in the source tree and the installed wheel alike."""

from __future__ import annotations

from pathlib import Path

RESOURCES = Path(__file__).resolve().parents[2] / "resources"


def resource(*parts: str) -> Path:
    """Path of a bundled file or folder, for example ``resource("tasks", "breast_lesion.toml")``."""
    return RESOURCES.joinpath(*parts)
