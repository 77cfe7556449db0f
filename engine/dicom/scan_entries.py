"""Reading many headers: in this process, and for large trees in a second one as well, which starts from the far end."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from engine.child import ChildProcess, Context, Handler
from engine.child.table import pack, unpack
from engine.dicom.headers import UltrasoundFile, read_header
from engine.domain.case import Refusal
from engine.domain.errors import CaseError

Progress = Callable[[int, int, str], None]
"""Called with (files done, files in all, name)."""
Answer = UltrasoundFile | Refusal

ENOUGH_FOR_TWO = 2000
"""Files from which a second process, which takes half a second to start, is worth it."""
LEAST_SHARE, MOST_SHARE = 32, 1024
"""Files that the second process is given at a time: a third of what is left, within these bounds."""
DEADLINE_S = 60.0
"""For one share; a file on a network drive that does not answer holds it up."""


@dataclass(frozen=True, kw_only=True)
class HeadersRequest:
    """Read these headers. Answer: bytes of `engine.child.table.pack`."""

    paths: tuple[str, ...]


def handler() -> Handler:
    """Entry of the second process, see `engine.child`."""

    def answer(request: Any, context: Context) -> bytes:
        if not isinstance(request, HeadersRequest):
            raise TypeError(f"{type(request).__name__} is not a request of the scan")
        return pack([read_entry(path) for path in request.paths])

    return answer


def read_entry(path: str) -> Answer:
    """One file's header or why it is refused. Depends on that file alone: to be split and cached."""
    try:
        return read_header(path)
    except CaseError as error:
        return Refusal(path=path, kind=error.kind, sentence=error.sentence)


def read_entries(
    paths: Sequence[str], on_progress: Progress | None = None, *, enough_for_two: int = ENOUGH_FOR_TWO
) -> list[Answer]:
    """`read_entry` of every path, in order; `on_progress` may raise to stop."""
    work = _Work(paths)
    if len(paths) < enough_for_two or (os.cpu_count() or 1) < 2:
        work.read_from_the_front(on_progress)
        return work.answers()
    with ChildProcess("engine.dicom.scan_entries:handler", name="scan", deadline_s=DEADLINE_S) as child:
        helper = threading.Thread(target=work.read_from_the_back, args=(child,), daemon=True, name="scan helper")
        helper.start()
        try:
            work.read_from_the_front(on_progress)
        except BaseException:
            work.stop()
            child.close()  # its answer is waited for no longer
            raise
        finally:
            helper.join()
    work.read_from_the_front(on_progress)  # what the second process gave back, should it have failed
    return work.answers()


class _Work:
    """Paths that are read from both ends until the two meet."""

    def __init__(self, paths: Sequence[str]) -> None:
        self._paths = paths
        self._front: list[Answer] = []
        self._back: list[bytes] = []
        self._end = len(paths)
        self._lock = threading.Lock()
        self._taken = 0

    def answers(self) -> list[Answer]:
        """All answers in the order of the paths."""
        return [*self._front, *(answer for share in reversed(self._back) for answer in unpack(share))]

    def stop(self) -> None:
        """No further share for the second process."""
        with self._lock:
            self._end = self._taken

    def read_from_the_front(self, on_progress: Progress | None) -> None:
        total, told = len(self._paths), time.monotonic()
        often = max(1, total // 200)
        while True:
            with self._lock:
                if self._taken >= self._end:
                    break
                path = self._paths[self._taken]
                self._taken += 1
                done = self._taken - 1 + total - self._end
            if on_progress is not None and (done % often == 0 or time.monotonic() - told > 0.1):
                on_progress(done, total, os.path.basename(path))  # noqa: PTH119 - for every file
                told = time.monotonic()
            self._front.append(read_entry(path))
        if on_progress is not None and self._end == len(self._front):
            on_progress(total, total, "")

    def read_from_the_back(self, child: ChildProcess) -> None:
        """Give shares to the second process until nothing is left, or until it fails: then the share is given back."""
        while True:
            with self._lock:
                start = max(self._taken, self._end - self._share(), 0)
                end, self._end = self._end, start
            if start == end:
                return
            try:
                self._back.append(child.call(HeadersRequest(paths=tuple(self._paths[start:end]))))
            except CaseError:
                with self._lock:
                    self._end = end
                return

    def _share(self) -> int:
        left = self._end - self._taken
        return min(MOST_SHARE, max(LEAST_SHARE, left // 3))
