"""The child's side: take requests from the pipe, answer them, obey cancel, and end when the parent is gone."""

from __future__ import annotations

import os
import queue
import sys
import threading
from collections.abc import Callable
from typing import Any, BinaryIO

from engine.child.wire import receive, send
from engine.domain.errors import CaseError, ErrorKind


class Context:
    """What a handler may use while it works: progress to the parent, and whether it should stop."""

    def __init__(self, number: int, write: Callable[[Any], None]) -> None:
        self._number = number
        self._write = write
        self._cancelled = threading.Event()

    @property
    def cancelled(self) -> bool:
        return self._cancelled.is_set()

    def cancel(self) -> None:
        self._cancelled.set()

    def obeyed(self) -> None:
        """Tell the parent that a cancel was obeyed and only what there is is being written: it waits for that."""
        self._write(("obeyed", self._number))

    def progress(self, step: int, total: int, note: Any = None) -> None:
        """Tell the parent how far the request is; raises `CaseError` (STOPPED) when it was cancelled meanwhile."""
        self._write(("progress", self._number, step, total, note))
        if self.cancelled:
            raise CaseError(ErrorKind.STOPPED, "Cancelled.")


Handler = Callable[[Any, Context], Any]
"""Answers one request: (request, context) -> result, or raises `CaseError`."""


def serve(handler: Handler, source: BinaryIO, sink: BinaryIO) -> None:
    """Answer requests one after another until the parent closes the pipe."""
    requests: queue.Queue[tuple[int, Any]] = queue.Queue()
    current: dict[int, Context] = {}
    cancelled: set[int] = set()
    lock = threading.Lock()

    def write(message: Any) -> None:
        with lock:
            send(sink, message)

    def read() -> None:
        while True:
            try:
                kind, number, request = receive(source)
            except (EOFError, OSError, ValueError):
                os._exit(0)  # the parent is gone: a native decoder may hold the main thread, so no polite way
            if kind == "cancel":
                cancelled.add(number)
                if number in current:
                    current[number].cancel()
            else:
                requests.put((number, request))

    threading.Thread(target=read, daemon=True, name="requests").start()
    write(("ready", 0, None))
    while True:
        number, request = requests.get()
        context = current[number] = Context(number, write)
        if number in cancelled:
            context.cancel()
        write(_answer(handler, number, request, context))
        del current[number]
        cancelled.discard(number)


def _answer(handler: Handler, number: int, request: Any, context: Context) -> tuple[str, int, Any]:
    try:
        return ("result", number, handler(request, context))
    except CaseError as error:
        return ("error", number, error)
    except MemoryError:
        return ("error", number, CaseError(ErrorKind.TOO_LARGE, "This needs more memory than is allowed for one file."))
    except Exception as error:  # the boundary: whatever a handler missed becomes a sentence, with its type for the log
        sentence = "An unexpected error stopped this step; the log names it."
        return ("error", number, CaseError(ErrorKind.STOPPED, sentence, f"{type(error).__name__}: {error}"))


def private_pipes() -> tuple[BinaryIO, BinaryIO]:
    """Our pipe ends, moved away from stdin and stdout so that a chatty library cannot write into a message."""
    source, sink = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    with open(os.devnull, "rb") as nothing:  # noqa: PTH123
        os.dup2(nothing.fileno(), 0)
    os.dup2(2, 1)
    sys.stdout = sys.stderr
    return source, sink
