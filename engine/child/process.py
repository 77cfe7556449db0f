"""The parent's side of a child process: start, ask, cancel, replace when it died or hangs."""

from __future__ import annotations

import contextlib
import itertools
import os
import queue
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any

from engine.child.lifeline import Lifeline
from engine.child.wire import receive, send
from engine.domain.errors import CaseError, ErrorKind

Progress = Callable[[int, int, Any], None]
"""Called with (step, total, note)."""

START_DEADLINE_S = 60.0
CANCEL_GRACE_S = 0.7
"""Whoever cancels waits a second at most, with what it takes to notice and to end the child."""
WRITING_GRACE_S = 10.0
"""For a child that says that it has obeyed and is writing what it has."""


class ChildLost(CaseError):
    """The child died or hung while it worked on a request (kind STOPPED): what it was given may be the reason."""


class ChildProcess:
    """One child process that answers one request at a time; it is started when first needed.

    Parameters
    ----------
    entry : "module:function"; the function returns the handler, see `engine.child.serve.Handler`.
    name : for the person, e.g. "decoder".
    deadline_s : seconds without an answer or progress after which the child is ended.
    memory_bytes : address-space limit of the child, 0 = none.
    niceness : added to the process priority number (POSIX).
    cancel_grace_s : seconds that a cancelled request has to stop by itself before the child is ended; one that says
        that it stopped has longer for writing what it has, see `Context.obeyed`.

    `call` may be used from several threads; requests wait for each other. A child that dies or hangs costs its request
    only: the next call starts a new one.
    """

    def __init__(
        self,
        entry: str,
        *,
        name: str,
        deadline_s: float = 60.0,
        memory_bytes: int = 0,
        niceness: int = 0,
        cancel_grace_s: float = CANCEL_GRACE_S,
        start_deadline_s: float = START_DEADLINE_S,
    ) -> None:
        self._entry, self._name = entry, name
        self._cancel_grace_s, self._start_deadline_s = cancel_grace_s, start_deadline_s
        self._deadline_s, self._memory_bytes, self._niceness = deadline_s, memory_bytes, niceness
        self._numbers = itertools.count(1)
        self._turn = threading.Lock()
        self._writing = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._answers: queue.Queue[Any] = queue.Queue()
        self._log: IO[bytes] | None = None
        self._lifeline: Lifeline | None = None
        self._current = 0
        self._cancelled_at: float | None = None
        self._obeyed = self._is_starting = False
        self._closed = False

    @property
    def pid(self) -> int | None:
        """Process id while a child is running."""
        return self._process.pid if self._process and self._process.poll() is None else None

    def start(self) -> None:
        """Start the child now, so that the first request need not wait for its imports."""
        with self._turn:
            self._cancelled_at = None
            self._ensure_started()

    def call(self, request: Any, *, deadline_s: float | None = None, on_progress: Progress | None = None) -> Any:
        """The child's answer; raises `CaseError`, kind STOPPED when the child died, hung or was cancelled."""
        with self._turn:
            self._cancelled_at, self._obeyed = None, False
            self._ensure_started()
            self._current = next(self._numbers)
            try:
                self._post(("request", self._current, request))
                return self._await(self._current, deadline_s or self._deadline_s, on_progress)
            finally:
                self._current = 0

    def cancel(self) -> None:
        """Ask the running request to stop; a child that does not obey soon is ended, also one that starts."""
        number = self._current
        if self._is_starting:
            self._cancelled_at = time.monotonic()
        if number and not self._is_starting:
            self._cancelled_at = time.monotonic()
            with contextlib.suppress(CaseError):
                self._post(("cancel", number, None))

    def kill(self) -> None:
        """End the child at once; the next call starts a new one."""
        process = self._process
        if process is not None and process.poll() is None:
            process.kill()
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(timeout=2)  # else the next call could still take it for alive

    def close(self) -> None:
        """End the child for good and wait for it; safe to call twice."""
        self._closed = True
        self.kill()
        self._discard()

    def __enter__(self) -> ChildProcess:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _ensure_started(self) -> None:
        if self._closed:
            raise CaseError(ErrorKind.STOPPED, f"The {self._name} was closed.")
        if self.pid is not None:
            return
        self._is_starting = True
        try:
            self._begin()
        finally:
            self._is_starting = False

    def _begin(self) -> None:
        self._discard()
        self._log = tempfile.TemporaryFile()  # noqa: SIM115 - lives as long as the child
        environment = {**os.environ, "PYTHONPATH": _import_path()}
        if self._memory_bytes:
            # numpy's linear algebra reserves 40 MB of addresses per processor: on a large machine more than the limit
            environment["OPENBLAS_NUM_THREADS"] = "1"
        command = [sys.executable, "-m", "engine.child", self._entry, str(self._memory_bytes), str(self._niceness)]
        lifeline = self._lifeline = Lifeline()  # by a name of our own, as another thread may close everything meanwhile
        process = self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self._log, env=environment,
            pass_fds=lifeline.inherited,
        )  # fmt: skip
        lifeline.tie(process)
        self._answers = queue.Queue()
        threading.Thread(
            target=_collect, args=(process.stdout, self._answers), daemon=True, name=f"{self._name} answers"
        ).start()
        self._await(0, self._start_deadline_s, None)

    def _discard(self) -> None:
        """Wait for the ended child and let go of its pipes and its log."""
        process, self._process = self._process, None
        if process is not None:
            with contextlib.suppress(subprocess.TimeoutExpired):  # it is killed; a starved system may need longer
                process.wait(timeout=5)
            for stream in (process.stdin, process.stdout):
                with contextlib.suppress(OSError):
                    if stream is not None:
                        stream.close()
        if self._lifeline is not None:
            self._lifeline.cut()
            self._lifeline = None
        if self._log is not None:
            self._log.close()
            self._log = None

    def _post(self, message: Any) -> None:
        process = self._process
        try:
            if process is None or process.stdin is None:
                raise BrokenPipeError
            with self._writing:
                send(process.stdin, message)  # type: ignore[arg-type]
        except (OSError, ValueError) as error:
            raise self._died() from error

    def _await(self, number: int, deadline_s: float, on_progress: Progress | None) -> Any:
        last_word = time.monotonic()
        while True:
            try:
                message = self._answers.get(timeout=0.1)
            except queue.Empty:
                self._check_patience(time.monotonic() - last_word, deadline_s)
                continue
            if message is None:
                raise self._died()
            kind, answered, *content = message
            if answered != number:
                continue
            last_word = time.monotonic()
            if kind == "obeyed":
                self._obeyed = True
            elif kind == "progress":
                if on_progress is not None:
                    on_progress(*content)
            elif kind == "error":
                raise content[0]
            else:
                return content[0]

    def _check_patience(self, silent_s: float, deadline_s: float) -> None:
        grace_s = max(self._cancel_grace_s, WRITING_GRACE_S) if self._obeyed else self._cancel_grace_s
        if self._cancelled_at is not None and time.monotonic() - self._cancelled_at > grace_s:
            self.kill()
            raise CaseError(ErrorKind.STOPPED, "Cancelled.")
        if silent_s > deadline_s:
            self.kill()
            raise ChildLost(
                ErrorKind.STOPPED, f"The {self._name} gave no answer for {deadline_s:.0f} s and was started again."
            )

    def _died(self) -> CaseError:
        if self._cancelled_at is not None:
            return CaseError(ErrorKind.STOPPED, "Cancelled.")
        if self._closed:
            return CaseError(ErrorKind.STOPPED, f"The {self._name} was closed.")
        code = None
        if self._process is not None:
            with contextlib.suppress(subprocess.TimeoutExpired):
                code = self._process.wait(timeout=2)
        return ChildLost(
            ErrorKind.STOPPED,
            f"The {self._name} stopped while working on this; the next request starts a new one.",
            f"exit code {code}; {self._last_words()}",
        )

    def _last_words(self) -> str:
        if self._log is None:
            return ""
        with contextlib.suppress(OSError, ValueError):
            self._log.seek(0, os.SEEK_END)
            self._log.seek(max(0, self._log.tell() - 600))
            return self._log.read().decode(errors="replace").strip()
        return ""


def _collect(stream: Any, answers: queue.Queue[Any]) -> None:
    while True:
        try:
            answers.put(receive(stream))
        except (EOFError, OSError, ValueError):
            answers.put(None)
            return


def _import_path() -> str:
    """The folder that holds `engine`, so that a child finds it whatever its working folder is."""
    here = str(Path(__file__).resolve().parents[2])
    inherited = os.environ.get("PYTHONPATH", "")
    return os.pathsep.join([here, inherited]) if inherited else here
