"""Writing a file so that a crash, a full disk or a read-only folder never damages what was there."""

from __future__ import annotations

import contextlib
import errno
import os
import tempfile
from pathlib import Path

from engine.domain.errors import CaseError, ErrorKind


def write_atomically(path: Path, data: bytes, *, private: bool = False) -> None:
    """Write to a temporary file in the same folder, fsync, rename.

    Parameters
    ----------
    private : only the person who runs the program may read the file; else as the system's defaults say.

    Raises
    ------
    CaseError
        STORAGE, naming the file: the disk is full or the folder cannot be written. The old file is intact.
    """
    temporary: str | None = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=".", suffix=".part")
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(temporary, 0o600 if private else 0o666 & ~_umask())  # noqa: PTH101
        os.replace(temporary, path)  # noqa: PTH105
    except OSError as error:
        if temporary is not None:
            with contextlib.suppress(OSError):
                os.unlink(temporary)  # noqa: PTH108
        raise CaseError(
            ErrorKind.STORAGE,
            f"{path.name} could not be written to {path.parent} ({error.strerror}). "
            f"{_remedy(error)}, then try again; what was there before is unchanged.",
            str(error),
        ) from error


def remove_unfinished(folder: Path) -> None:
    """Delete what a killed process left of its writing in this folder; whoever calls it is the only one who writes."""
    for left in folder.glob(".*.part"):
        with contextlib.suppress(OSError):
            left.unlink()


def _remedy(error: OSError) -> str:
    if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
        return "Free some space or choose another folder"
    return "Choose another folder, or allow writing to this one"


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
