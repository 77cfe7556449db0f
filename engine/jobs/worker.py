"""A thread with a small queue: one piece of work at a time, and newer work of the same key replaces older work."""

from __future__ import annotations

import itertools
import logging
import threading
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from typing import Any

from engine.domain.errors import CaseError, ErrorKind

log = logging.getLogger(__name__)

OnResult = Callable[[Any], None]
OnError = Callable[[CaseError], None]


@dataclass(eq=False, kw_only=True)
class Ticket:
    """One piece of work that was handed in.

    Attributes
    ----------
    key : work of the same key is the same question: only the newest is answered.
    superseded : a newer one took its place; nobody waits for its answer.
    cancelled : a person gave it up; it is answered by a STOPPED error.
    """

    key: Hashable
    priority: int
    number: int
    work: Callable[[Ticket], Any]
    on_result: OnResult
    on_error: OnError
    superseded: bool = False
    cancelled: bool = False
    done: threading.Event = field(default_factory=threading.Event)


class Worker:
    """Runs work in the order of priority (0 first), then of arrival. Callbacks come in the worker's own thread.

    Parameters
    ----------
    name : of the thread, for the log.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self._numbers = itertools.count(1)
        self._waiting: list[Ticket] = []
        self._running: Ticket | None = None
        self._change = threading.Condition()
        self._closed = False
        self._thread = threading.Thread(target=self._work_off, name=name, daemon=True)
        self._thread.start()

    def submit(
        self,
        work: Callable[[Ticket], Any],
        *,
        key: Hashable,
        on_result: OnResult,
        on_error: OnError,
        priority: int = 0,
    ) -> Ticket:
        """Queue `work`; older work of the same key is dropped, its answer too if it is running already."""
        with self._change:
            ticket = Ticket(
                key=key,
                priority=priority,
                number=next(self._numbers),
                work=work,
                on_result=on_result,
                on_error=on_error,
            )
            self._supersede(key)
            if self._closed:
                ticket.superseded = True
                ticket.done.set()
            else:
                self._waiting.append(ticket)
                self._change.notify()
        return ticket

    def drop(self, key: Hashable) -> None:
        """Forget work of this key without a word: nobody wants its answer any more."""
        with self._change:
            self._supersede(key)

    def cancel(self, key: Hashable) -> None:
        """Give up work of this key: waiting work is answered by a STOPPED error, running work is asked to stop."""
        with self._change:
            waiting = [t for t in self._waiting if t.key == key]
            self._waiting = [t for t in self._waiting if t.key != key]
            running = self._running if self._running is not None and self._running.key == key else None
            if running is not None:
                running.cancelled = True
        for ticket in waiting:
            ticket.cancelled = True
            ticket.on_error(CaseError(ErrorKind.STOPPED, "Cancelled."))
            ticket.done.set()
        if running is not None:
            self._stop_running()

    @property
    def is_idle(self) -> bool:
        with self._change:
            return self._running is None and not self._waiting

    def close(self, timeout_s: float = 2.0) -> bool:
        """Drop what waits and end the thread; True when it ended in time. Safe to call twice."""
        self.begin_close()
        self._thread.join(timeout_s)
        return not self._thread.is_alive()

    def begin_close(self) -> None:
        """First half of `close`, without waiting, so that several workers can end side by side."""
        with self._change:
            self._closed = True
            for ticket in [*self._waiting, *([self._running] if self._running else [])]:
                ticket.superseded = True
            self._waiting.clear()
            self._change.notify()

    def _supersede(self, key: Hashable) -> None:
        for ticket in self._waiting:
            if ticket.key == key:
                ticket.superseded = True
                ticket.done.set()
        self._waiting = [t for t in self._waiting if not t.superseded]
        if self._running is not None and self._running.key == key:
            self._running.superseded = True

    def _stop_running(self) -> None:
        """Ask the running work to stop; a plain worker cannot."""

    def _after(self, ticket: Ticket) -> None:
        """Called in the worker's thread when a piece of work is over."""

    def _work_off(self) -> None:
        while True:
            with self._change:
                while not self._waiting and not self._closed:
                    self._change.wait()
                if self._closed:
                    return
                ticket = min(self._waiting, key=lambda t: (t.priority, t.number))
                self._waiting.remove(ticket)
                self._running = ticket
            self._answer(ticket)
            with self._change:
                self._running = None
            ticket.done.set()
            self._after(ticket)

    def _answer(self, ticket: Ticket) -> None:
        try:
            result = ticket.work(ticket)
        except CaseError as error:
            if error.detail and not self._closed:
                log.warning("%s: %s (%s)", self.name, error.kind, error.detail)
            if not ticket.superseded:
                ticket.on_error(error)
        except Exception as error:  # the boundary of a thread: it must live on, and the person must hear of it
            log.exception("%s: unexpected", self.name)
            if not ticket.superseded:
                sentence = "An unexpected error stopped this step; the log names it."
                ticket.on_error(CaseError(ErrorKind.STOPPED, sentence, f"{type(error).__name__}: {error}"))
        else:
            if ticket.cancelled:
                ticket.on_error(CaseError(ErrorKind.STOPPED, "Cancelled."))
            elif not ticket.superseded:
                ticket.on_result(result)
