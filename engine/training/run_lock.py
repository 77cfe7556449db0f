"""A lock that a process holds as long as it lives, so that a run is trained once and a dead trainer is noticed."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterator
from pathlib import Path

from engine.domain.errors import CaseError, ErrorKind


@contextlib.contextmanager
def held(path: Path) -> Iterator[None]:
    """Hold the lock; raises `CaseError`: INVALID when another process has it, STORAGE when it cannot be written."""
    try:
        handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    except OSError as error:
        raise CaseError(
            ErrorKind.STORAGE,
            f"The training run's folder {path.parent} cannot be written ({error.strerror}). Allow writing there, then "
            "start the run again.",
            str(error),
        ) from error
    try:
        if not _take(handle):
            raise CaseError(ErrorKind.INVALID, "This training run is already running.")
        yield
    finally:
        os.close(handle)  # the system gives the lock back, also when the process is killed


def is_held(path: Path) -> bool:
    """Whether a living process holds the lock."""
    try:
        handle = os.open(path, os.O_RDWR)
    except OSError:
        return False
    try:
        return not _take(handle)
    finally:
        os.close(handle)


def _take(handle: int) -> bool:
    try:
        if sys.platform == "win32":
            import msvcrt

            msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
