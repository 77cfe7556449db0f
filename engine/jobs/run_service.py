"""A service for long runs: one at a time, in a child of low priority that is there only while it is needed."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from engine.child.process import CANCEL_GRACE_S
from engine.domain.errors import CaseError, ErrorKind
from engine.jobs.service import OnProgress, Service
from engine.jobs.worker import OnError, Ticket, Worker

NICENESS = 10
DEADLINE_S = 300.0
"""Seconds without a word; single files have deadlines of their own, of seconds."""

RUN = "run"


class RunService(Service):
    """One run at a time. Its child is ended after each run, so that no memory is held.

    Parameters
    ----------
    entry, name : as for `Service`.
    deadline_s : seconds without a word after which the child counts as stuck.
    cancel_grace_s : seconds that a cancelled run has for stopping; one that did has longer for writing what it keeps.
    """

    def __init__(
        self, entry: str, *, name: str, deadline_s: float = DEADLINE_S, cancel_grace_s: float = CANCEL_GRACE_S
    ) -> None:
        super().__init__(entry, name=name, deadline_s=deadline_s, niceness=NICENESS, cancel_grace_s=cancel_grace_s)

    def run(
        self,
        request: Any,
        *,
        on_result: Callable[[Any], None],
        on_error: OnError,
        on_progress: OnProgress,
        key: str = RUN,
    ) -> Ticket:
        """Do what is asked. A cancelled run is answered by its result, too, where it got as far as having one.

        Parameters
        ----------
        key : what `stop` knows it by.
        """
        answered = False

        def work(ticket: Ticket) -> None:
            nonlocal answered

            def progress(step: int, total: int, note: Any) -> None:
                if ticket.cancelled:
                    self._child.cancel()  # the first word may have come before the child had the request
                elif not ticket.superseded:
                    on_progress(step, total, note)

            self._child.start()
            if ticket.cancelled:
                raise CaseError(ErrorKind.STOPPED, "Cancelled.")
            end = self._child.call(request, on_progress=progress)
            if not ticket.superseded:
                answered = True
                on_result(end)

        def failed(error: CaseError) -> None:
            if not answered:
                on_error(error)

        return self.submit(work, key=key, on_result=lambda _: None, on_error=failed)

    def stop(self, key: str = RUN) -> None:
        """Cancel the run; it is answered once it has written what it keeps."""
        self.cancel(key)

    def begin_close(self) -> None:
        """Let the running one write what it has; `close` ends it when that takes too long."""
        if not self._closed:
            Worker.begin_close(self)
            self._child.cancel()

    def close(self, timeout_s: float = 2.0) -> bool:
        self.begin_close()
        give_up = time.monotonic() + timeout_s
        while self._thread.is_alive() and self._child.pid is not None and time.monotonic() < give_up:
            self._thread.join(0.05)
        while self._thread.is_alive() and time.monotonic() < give_up + 1.0:
            self._child.close()  # again, for a child that was being started in the moment of closing
            self._thread.join(0.05)
        self._child.close()
        return not self._thread.is_alive()

    def _after(self, ticket: Ticket) -> None:
        self._child.kill()
