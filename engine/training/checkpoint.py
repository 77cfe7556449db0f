"""Checkpoints: safetensors and JSON, written to a new folder that is renamed when it is whole; the last good one stays.

``checkpoint/step-<n>/`` holds ``tensors.safetensors`` (weights, averaged weights, moments, random states),
``best.safetensors`` (weights of the best epoch so far) and ``checkpoint.json`` (numbers). Nothing is ever unpickled.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from safetensors import SafetensorError
from safetensors.torch import load, save
from torch import Tensor

from engine.domain.errors import CaseError, ErrorKind

_NAME = re.compile(r"step-(\d{9})")
_TENSORS, _BEST, _FACTS = "tensors.safetensors", "best.safetensors", "checkpoint.json"


@dataclass(frozen=True, kw_only=True)
class Checkpoint:
    """All that a course needs to go on.

    Attributes
    ----------
    step : steps done. tensors, best : by name. facts : for JSON.
    """

    step: int
    facts: Mapping[str, Any]
    tensors: Mapping[str, Tensor]
    best: Mapping[str, Tensor] = field(default_factory=dict)


def save_checkpoint(folder: Path, checkpoint: Checkpoint, *, best_is_new: bool = True) -> None:
    """Write it; only then, older ones are removed.

    Parameters
    ----------
    best_is_new : False = `best` is that of the checkpoint before, whose file is taken over.

    Raises
    ------
    CaseError
        STORAGE: the disk is full or the folder cannot be written. The checkpoint before is kept.
    """
    part = None
    try:
        folder.mkdir(parents=True, exist_ok=True)
        before = _whole(folder)
        part = Path(tempfile.mkdtemp(dir=folder, prefix=".part-"))
        _write(part / _TENSORS, save(_plain(checkpoint.tensors)))
        if checkpoint.best:
            old = before[-1] / _BEST if before else part
            if best_is_new or not old.is_file():
                _write(part / _BEST, save(_plain(checkpoint.best)))
            else:
                _same(old, part / _BEST)
        _write(part / _FACTS, json.dumps({**checkpoint.facts, "step": checkpoint.step}).encode())
        place = folder / f"step-{checkpoint.step:09d}"
        if place.exists():  # the same step again: nothing new in it
            shutil.rmtree(part)
        else:
            part.rename(place)
        _sync(folder)
    except OSError as error:
        if part is not None:
            shutil.rmtree(part, ignore_errors=True)
        raise CaseError(
            ErrorKind.STORAGE,
            f"The checkpoint could not be written to {folder.parent} ({error.strerror}). Free some space or allow "
            "writing there, then resume the run; the checkpoint before is kept.",
            str(error),
        ) from error
    for old in _everything(folder):
        if old != place:
            shutil.rmtree(old, ignore_errors=True)


def load_checkpoint(folder: Path) -> Checkpoint | None:
    """The newest one, None where there is none.

    Raises
    ------
    CaseError
        CORRUPT: it is damaged.
    """
    found = _whole(folder)
    if not found:
        return None
    place = found[-1]
    try:
        facts = json.loads((place / _FACTS).read_bytes())
        best = load((place / _BEST).read_bytes()) if (place / _BEST).is_file() else {}
        return Checkpoint(
            step=int(facts["step"]), facts=facts, tensors=load((place / _TENSORS).read_bytes()), best=best
        )
    except (OSError, ValueError, KeyError, TypeError, SafetensorError) as error:
        raise CaseError(
            ErrorKind.CORRUPT,
            "The checkpoint of this run is damaged. Start the run anew.",
            f"{type(error).__name__}: {error}",
        ) from error


def _plain(tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """On the CPU and contiguous, as the file format asks."""
    return {name: tensor.detach().cpu().contiguous() for name, tensor in tensors.items()}


def _whole(folder: Path) -> list[Path]:
    """Checkpoints that were renamed, oldest first."""
    return [p for p in _everything(folder) if _NAME.fullmatch(p.name)]


def _everything(folder: Path) -> list[Path]:
    """With what a killed process left half-written."""
    if not folder.is_dir():
        return []
    return sorted(p for p in folder.iterdir() if _NAME.fullmatch(p.name) or p.name.startswith(".part-"))


def _write(path: Path, data: bytes) -> None:
    with path.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def _same(old: Path, new: Path) -> None:
    try:
        new.hardlink_to(old)
    except OSError:  # not on every file system
        shutil.copyfile(old, new)


def _sync(folder: Path) -> None:
    """Make the new name last through a loss of power, where the system knows how."""
    with contextlib.suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
