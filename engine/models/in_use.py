"""Which model is the default for a task: a record that only grows, so that every change can be seen and taken back."""

from __future__ import annotations

import errno
import json
import logging
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from engine.domain.errors import CaseError, ErrorKind
from engine.models.files import ModelFile, installed_models, load_model, user_models_folder

RECORD = "in_use.jsonl"
_log = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One line of the record.

    Attributes
    ----------
    simulated : it holds for models of simulated images only; the others have a record of their own.
    model, sha256 : in use from here on; "" = the automatic choice. undoes : this took back the entry before.
    by, reason : who, and why. at : UTC, ISO 8601. comparison : figures that it was decided on.
    """

    task: str
    simulated: bool
    model: str
    sha256: str
    by: str
    reason: str
    at: str
    undoes: bool = False
    comparison: Mapping[str, Any] = field(default_factory=dict)


def promote(model: str, *, by: str, reason: str, comparison: Mapping[str, Any] | None = None) -> Entry:
    """Make an installed model the one in use for its task; its file is checked first.

    Raises
    ------
    CaseError
        INVALID: name or reason are missing, or it is in use already; MODEL: it is not installed, or damaged; STORAGE.
    """
    file = next((f for f in installed_models() if f.card.name == model), None)
    if file is None:
        raise CaseError(ErrorKind.MODEL, f"The model '{model}' is not installed. Install it, then promote it.")
    load_model(file)
    card = file.card
    held = in_use(card.task, simulated=card.simulated_only)
    if held is not None and held.card.sha256 == card.sha256:
        raise CaseError(ErrorKind.INVALID, f"The model {model} is in use for the task {card.task} already.")
    return _added(card.task, card.simulated_only, card.name, card.sha256, by, reason, comparison or {})


def undo(task: str, *, simulated: bool, by: str, reason: str) -> Entry:
    """Take back the last promotion; the one before it counts again, or the automatic choice.

    Raises
    ------
    CaseError
        INVALID: there is none, or name or reason are missing; STORAGE.
    """
    stack = _stack(task, simulated)
    if not stack:
        raise CaseError(ErrorKind.INVALID, f"No promotion of the task {task} is left to take back.")
    before = stack[-2] if len(stack) > 1 else None
    model, sha256 = (before.model, before.sha256) if before else ("", "")
    return _added(task, simulated, model, sha256, by, reason, {}, undoes=True)


def in_use(task: str, *, simulated: bool = False) -> ModelFile | None:
    """The promoted model of a task, None where there is none or it is not installed any more."""
    stack = _stack(task, simulated)
    if not stack:
        return None
    wanted = stack[-1]
    for file in installed_models():
        if file.card.name == wanted.model and file.card.sha256 == wanted.sha256 and file.card.task == task:
            return file
    _log.warning("the promoted model %s of the task %s is not installed any more", wanted.model, task)
    return None


def history() -> tuple[Entry, ...]:
    """All entries, oldest first; lines that are damaged are passed over."""
    try:
        lines = _path().read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        return ()
    except (OSError, ValueError) as error:
        raise CaseError(
            ErrorKind.UNREADABLE, f"The record of models in use cannot be read: {_path()}.", str(error)
        ) from error
    known = {f.name for f in fields(Entry)}
    found = []
    for line in lines:
        try:
            found.append(Entry(**{k: v for k, v in json.loads(line).items() if k in known}))
        except (ValueError, TypeError, AttributeError):
            _log.warning("a line of %s was passed over", RECORD)
    return tuple(found)


def is_current(entry: Entry) -> bool:
    """Whether this entry is the last of its task and kind."""
    same = [e for e in history() if (e.task, e.simulated) == (entry.task, entry.simulated)]
    return bool(same) and same[-1] == entry


def signed(by: str, reason: str) -> tuple[str, str]:
    """Name and reason without blanks around them; raises `CaseError` (INVALID) when one is missing."""
    by, reason = by.strip(), reason.strip()
    if not by or not reason:
        raise CaseError(ErrorKind.INVALID, "Give your name and the reason; both are kept with the record.")
    return by, reason


def _stack(task: str, simulated: bool) -> list[Entry]:
    """Promotions that count, the one in use last."""
    stack: list[Entry] = []
    for entry in history():
        if (entry.task, entry.simulated) != (task, simulated):
            continue
        if entry.undoes:
            del stack[-1:]
        else:
            stack.append(entry)
    return stack


def _added(
    task: str,
    simulated: bool,
    model: str,
    sha256: str,
    by: str,
    reason: str,
    comparison: Mapping[str, Any],
    *,
    undoes: bool = False,
) -> Entry:
    by, reason = signed(by, reason)
    entry = Entry(
        task=task,
        simulated=simulated,
        model=model,
        sha256=sha256,
        by=by,
        reason=reason,
        at=datetime.now(UTC).isoformat(timespec="seconds"),
        undoes=undoes,
        comparison=dict(comparison),
    )
    _append(json.dumps(asdict(entry), sort_keys=True, ensure_ascii=False) + "\n")
    return entry


def _append(line: str) -> None:
    """One write at the end; a line that a full disk cut short is cut off again."""
    path = _path()
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        data = line.encode()
        with path.open("ab", buffering=0) as file:  # closing must not try once more to write what had no room
            before = file.tell()
            try:
                if file.write(data) < len(data):
                    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
                os.fsync(file.fileno())
            except OSError:
                os.truncate(path, before)
                raise
    except OSError as error:
        raise CaseError(
            ErrorKind.STORAGE,
            f"The record of models in use could not be written to {path.parent} ({error.strerror}). Nothing was "
            "changed; free some space or allow writing there, then try again.",
            str(error),
        ) from error


def _path() -> Path:
    return user_models_folder() / RECORD
