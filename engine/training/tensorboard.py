"""The TensorBoard file of a run. It is a help only: where it cannot be written, the run goes on without it."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Mapping
from pathlib import Path
from time import time
from typing import Any


class TensorBoardFile:
    """Curves of one run, on the disk after every `draw`.

    The records are written here and now: tensorboardX's own writer has a thread that dies with a full disk, after which
    whoever hands it a few more numbers waits for ever.

    Attributes
    ----------
    trouble : why the last numbers were not written, "" = they were.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._records: Any = None
        self.trouble = ""

    def draw(self, numbers: Mapping[str, float], step: int) -> None:
        """Add a point to each of these curves; after a failure it is tried again with the next ones."""
        try:
            if self._records is None:
                self._records = self._begun()
            for name, value in numbers.items():
                self._records.write(_record(name, value, step))
            self._records.flush()
            self.trouble = ""
        except OSError as error:
            self.trouble = error.strerror or str(error)
            self.close()

    def close(self) -> None:
        """Let go of the file; safe to call twice."""
        records, self._records = self._records, None
        if records is not None:
            with contextlib.suppress(
                OSError
            ):  # what does not fit on the disk is lost, and the file closed all the same
                records.close()

    def _begun(self) -> Any:
        from tensorboardX.proto.event_pb2 import Event
        from tensorboardX.record_writer import RecordWriter

        self._folder.mkdir(parents=True, exist_ok=True)
        records = RecordWriter(str(self._folder / f"events.out.tfevents.{time():.6f}.{socket.gethostname()}"))
        records.write(Event(wall_time=time(), file_version="brain.Event:2").SerializeToString())
        return records


def _record(name: str, value: float, step: int) -> bytes:
    from tensorboardX.proto.event_pb2 import Event
    from tensorboardX.summary import scalar

    written: bytes = Event(wall_time=time(), step=step, summary=scalar(name, value)).SerializeToString()
    return written
