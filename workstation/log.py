"""The window's log file: what went wrong, for the person who looks after the computer."""

from __future__ import annotations

import contextlib
import logging
from logging.handlers import RotatingFileHandler

from engine.domain.errors import CaseError

LARGEST_BYTES, KEPT = 1_000_000, 3


class _LogFile(RotatingFileHandler):
    """A log that cannot be written for a while, as on a full disk, is nobody's trouble; later lines are."""

    def handleError(self, record: logging.LogRecord) -> None:
        """Drop the line."""


def start_log() -> RotatingFileHandler | None:
    """Write warnings and errors of the program to `sonofuse.log` in the person's log folder; None when it cannot be
    written, which must not stop anyone from reading a case."""
    from engine.store.places import log_folder

    try:
        folder = log_folder()
        folder.mkdir(parents=True, exist_ok=True)
        handler = _LogFile(
            folder / "sonofuse.log", maxBytes=LARGEST_BYTES, backupCount=KEPT, encoding="utf-8", delay=True
        )
    except (OSError, CaseError):
        return None
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    handler.setLevel(logging.WARNING)
    for name in ("engine", "workstation"):
        logging.getLogger(name).addHandler(handler)
    return handler


def end_log(handler: RotatingFileHandler | None) -> None:
    """Close the file."""
    if handler is not None:
        for name in ("engine", "workstation"):
            logging.getLogger(name).removeHandler(handler)
        with contextlib.suppress(OSError):  # the last lines do not fit on a full disk
            handler.close()
