"""run.json: what is needed to get the same numbers again."""

from __future__ import annotations

import json
import platform
from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from engine import __version__
from engine.models.card import ModelCard

_LIBRARIES = ("torch", "torchvision", "numpy", "opencv-python-headless", "pydicom", "safetensors")


def library_versions() -> dict[str, str]:
    """Versions of Python and of the libraries that numbers depend on."""
    found = {"python": platform.python_version()}
    for name in _LIBRARIES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = "not installed"
    return found


def model_facts(card: ModelCard) -> dict[str, Any]:
    """What identifies a model and its operating point."""
    return {
        "name": card.name,
        "sha256": card.sha256,
        "task": card.task,
        "architecture": card.architecture,
        "preset": card.preset,
        "preprocessing": card.preprocessing,
        "temperature": card.temperature,
        "threshold": card.threshold,
    }


def run_json(
    *, command: str, arguments: Mapping[str, Any], card: ModelCard | None, outcome: Mapping[str, Any]
) -> bytes:
    """The recipe and how the run ended.

    Parameters
    ----------
    command, arguments : verb and options with all defaults filled in.
    outcome : counts, device, seconds, whether it finished.
    """
    table = {
        "program": "sonofuse",
        "version": __version__,
        "command": command,
        "arguments": dict(arguments),
        "model": model_facts(card) if card else None,
        "versions": library_versions(),
        "system": f"{platform.system()} {platform.machine()}",
        "outcome": dict(outcome),
        "use": card.use if card else "Research use, not a medical device.",
    }
    return (json.dumps(table, indent=2, ensure_ascii=False) + "\n").encode("utf-8", "replace")
