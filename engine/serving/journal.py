"""What a batch run has done so far, one line per scored case: survives `kill -9`, and lets a run go on."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any

from engine.domain.case import Case
from engine.domain.errors import CaseError, ErrorKind
from engine.domain.task import Task
from engine.serving.results import Row, Status

FILE_NAME = "journal.jsonl"


@dataclass(frozen=True, kw_only=True)
class Entry:
    """A scored case.

    Attributes
    ----------
    pictures : modality -> files relative to the output folder, thumbnail first.
    timing : milliseconds by name.
    """

    row: Row
    pictures: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    timing: Mapping[str, float] = field(default_factory=dict)


class Journal:
    """Append-only file in the output folder.

    Parameters
    ----------
    head : what must be equal for entries to be taken over: model, options.
    resume : take over what is there; False begins anew.

    Raises
    ------
    CaseError
        STORAGE: the folder cannot be written; INVALID: `resume`, but the folder holds results of another recipe.
    """

    def __init__(self, folder: Path, head: Mapping[str, Any], *, resume: bool) -> None:
        self._path = folder / FILE_NAME
        self.done: dict[str, Entry] = {}
        keep = self._read(head) if resume else 0
        with self._storage():
            folder.mkdir(parents=True, exist_ok=True)
            # Unbuffered: what is written survives a kill, and nothing is left to be written while closing.
            self._file = self._path.open("r+b" if keep else "wb", buffering=0)
            try:
                # A line that was cut off by a kill must not swallow the next one.
                self._file.truncate(keep)
                self._file.seek(keep)
                if not keep:
                    self._write({"head": dict(head)})
            except OSError:
                self._file.close()
                raise

    def add(self, key: str, entry: Entry) -> None:
        """Remember a scored case; raises `CaseError` (STORAGE) when it cannot be written."""
        self.done[key] = entry
        with self._storage():
            self._write({"key": key, **vars(entry), "row": vars(entry.row)})

    def close(self) -> None:
        """Flush to the disk."""
        with contextlib.suppress(OSError, ValueError):
            os.fsync(self._file.fileno())
        with contextlib.suppress(OSError):
            self._file.close()

    def __enter__(self) -> Journal:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def _write(self, line: Mapping[str, Any]) -> None:
        rest = memoryview(json.dumps(line, ensure_ascii=False).encode("utf-8", "surrogateescape") + b"\n")
        while rest:  # a disk that fills up takes a part first, then raises
            rest = rest[self._file.write(rest) :]

    def _read(self, head: Mapping[str, Any]) -> int:
        """Fill `done`; bytes up to the end of the last whole line, 0 when there is nothing to go on from."""
        if not self._path.exists():
            return 0
        with self._storage():
            lines = self._path.read_bytes().split(b"\n")
        if len(lines) < 2:
            return 0
        if _parsed(lines[0]).get("head") != json.loads(json.dumps(dict(head))):
            raise CaseError(
                ErrorKind.INVALID,
                f"{self._path.parent} holds results of another model or other options, so the run cannot be resumed "
                "there. Choose another output folder, or begin anew without resuming.",
            )
        kept = len(lines[0]) + 1
        for line in lines[1:-1]:
            table = _parsed(line)
            if "key" not in table:
                break
            self.done[table["key"]] = _entry(table)
            kept += len(line) + 1
        return kept

    @contextlib.contextmanager
    def _storage(self) -> Any:
        try:
            yield
        except OSError as error:
            raise CaseError(
                ErrorKind.STORAGE,
                f"{self._path.name} could not be written to {self._path.parent} ({error.strerror}). Free some space or "
                "choose another folder, then resume the run; what was scored so far is kept.",
                str(error),
            ) from error


def case_key(task: Task, case: Case) -> str:
    """Changes with everything that the score of a case depends on, the model aside."""
    images = []
    for modality in task.images:
        image = case.images.get(modality)
        if image is not None:
            status = _status(image.path)
            crop = vars(image.crop) if image.crop else None
            images.append([modality, image.path, image.frame, crop, *status])
    facts = [case.case_id, images, case.descriptors.as_row(task)]
    return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()[:32]


def _status(path: str) -> tuple[int, int]:
    try:
        found = Path(path).stat()
    except OSError:
        return (0, 0)
    return (found.st_size, found.st_mtime_ns)


def _parsed(line: bytes) -> dict[str, Any]:
    try:
        table = json.loads(line.decode("utf-8", "surrogateescape"))
    except ValueError:
        return {}
    return table if isinstance(table, dict) else {}


def _entry(table: Mapping[str, Any]) -> Entry:
    row = {**table["row"], "status": Status(table["row"]["status"])}
    pictures = {m: tuple(files) for m, files in table["pictures"].items()}
    return Entry(row=Row(**row), pictures=pictures, timing=table["timing"])
