"""A worker whose work is done by a child process."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Hashable
from typing import Any

from engine.child import ChildProcess
from engine.child.process import CANCEL_GRACE_S
from engine.domain.errors import CaseError, ErrorKind
from engine.jobs.worker import OnError, OnResult, Ticket, Worker

OnProgress = Callable[[int, int, Any], None]


class Service(Worker):
    """Requests to one child process, which is kept alive: when it dies, one request is answered by an error and a new
    child is started at once.

    Parameters
    ----------
    entry : "module:function" of the child's handler.
    name : what the person calls it, e.g. "engine".
    deadline_s : seconds of silence after which the child is ended.
    memory_bytes : address space of the child, 0 = no limit.
    niceness : added to the child's priority number.
    cancel_grace_s : seconds that a cancelled request has to stop by itself.
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
    ) -> None:
        self._child = ChildProcess(
            entry,
            name=name,
            deadline_s=deadline_s,
            memory_bytes=memory_bytes,
            niceness=niceness,
            cancel_grace_s=cancel_grace_s,
        )
        super().__init__(name)

    @property
    def pid(self) -> int | None:
        """Process id of the child while it runs."""
        return self._child.pid

    def start(self) -> None:
        """Start the child ahead of the first request, without waiting for it."""
        self.submit(
            lambda ticket: self._child.start(),
            key="start",
            on_result=lambda _: None,
            on_error=lambda _: None,
            priority=-1,
        )

    def ask(
        self,
        request: Any,
        *,
        key: Hashable,
        on_result: OnResult,
        on_error: OnError,
        on_progress: OnProgress | None = None,
        priority: int = 0,
        deadline_s: float | None = None,
    ) -> Ticket:
        """Send a request when its turn comes. Callbacks arrive in the service's thread."""

        def work(ticket: Ticket) -> Any:
            def progress(step: int, total: int, note: Any) -> None:
                if ticket.cancelled:
                    self._child.cancel()  # the first word may have come before the child had the request
                elif on_progress is not None and not ticket.superseded:
                    on_progress(step, total, note)

            self._child.start()
            if ticket.cancelled:
                raise CaseError(ErrorKind.STOPPED, "Cancelled.")
            return self._child.call(request, deadline_s=deadline_s, on_progress=progress)

        return self.submit(work, key=key, on_result=on_result, on_error=on_error, priority=priority)

    def begin_close(self) -> None:
        super().begin_close()
        self._child.close()

    def close(self, timeout_s: float = 2.0) -> bool:
        """End the child and the thread; no process is left behind."""
        give_up = time.monotonic() + timeout_s
        self.begin_close()
        while not super().close(0.05) and time.monotonic() < give_up:
            self._child.close()  # a child that was being started in the moment of closing
        self._child.close()
        return not self._thread.is_alive()

    def _stop_running(self) -> None:
        self._child.cancel()

    def _after(self, ticket: Ticket) -> None:
        if self._child.pid is None and not self._closed and ticket.key != "start":
            with contextlib.suppress(CaseError):
                self._child.start()
