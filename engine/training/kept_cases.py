"""Labelled cases as files, so that several processes and later runs share one simulation or decoding.

A folder with one ``.npy`` per array, read as a memory map without pickle, and ``cases.json``, which is written last and
so says that all is there.
"""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from engine.domain.errors import CaseError, ErrorKind
from engine.domain.files import write_atomically
from engine.domain.task import Task
from engine.training.cases import LabelledCases

_ARRAYS = ("descriptors", "present", "targets", "groups", "folds")
_CONTENTS = "cases.json"


def keep_cases(cases: LabelledCases, folder: Path) -> None:
    """Write the cases; raises `CaseError` (STORAGE) when the folder cannot be written."""
    for modality, stack in cases.images.items():
        write_atomically(folder / f"{modality}.npy", _npy(stack))
    for name in _ARRAYS:
        write_atomically(folder / f"{name}.npy", _npy(getattr(cases, name)))
    contents = {
        "task": cases.task.name,
        "size": cases.size,
        "case_ids": list(cases.case_ids),
        "simulated": cases.simulated,
        "left_out": list(cases.left_out),
        "facts": [dict(f) for f in cases.facts],
    }
    write_atomically(folder / _CONTENTS, json.dumps(contents).encode())


def are_kept(folder: Path) -> bool:
    """Whether `keep_cases` finished here."""
    return (folder / _CONTENTS).is_file()


def kept_cases(folder: Path, task: Task) -> LabelledCases:
    """The cases again; images stay on disk until they are looked at.

    Raises
    ------
    CaseError
        CORRUPT: a file is missing or is not what was written.
    """
    try:
        contents = json.loads((folder / _CONTENTS).read_bytes())
        arrays: dict[str, Any] = {name: _array(folder / f"{name}.npy") for name in _ARRAYS}
        return LabelledCases(
            task=task,
            size=int(contents["size"]),
            case_ids=tuple(contents["case_ids"]),
            images={m: _array(folder / f"{m}.npy", mapped=True) for m in task.images},
            simulated=bool(contents["simulated"]),
            left_out=tuple(contents["left_out"]),
            facts=tuple(contents["facts"]),
            **arrays,
        )
    except (OSError, ValueError, KeyError) as error:
        raise CaseError(
            ErrorKind.CORRUPT,
            f"The kept cases in {folder} cannot be read. Delete that folder and try again.",
            str(error),
        ) from error


def _npy(array: npt.NDArray[Any]) -> bytes:
    held = io.BytesIO()
    np.save(held, array, allow_pickle=False)
    return held.getvalue()


def _array(path: Path, *, mapped: bool = False) -> npt.NDArray[Any]:
    found = np.load(path, mmap_mode="r" if mapped else None, allow_pickle=False)
    # The plain class, as rows of a memory map would claim to be memory maps too.
    return np.asarray(found)
