"""Handlers that the tests run in real child processes."""

from __future__ import annotations

import contextlib
import os
import time
from typing import Any

from engine.child import Context, Handler
from engine.domain.errors import CaseError


def obedient() -> Handler:
    """Obeys words: die, hang, deaf, count, nap, keep; anything else comes back with the process id."""

    def handle(request: Any, context: Context) -> Any:
        match request:
            case "die":
                os.abort()
            case "hang":
                time.sleep(600)
            case "deaf":
                context.progress(0, 1, "hears nothing")
                time.sleep(600)
            case "count":
                for step in range(500):
                    context.progress(step, 500, "counting")
                    time.sleep(0.01)
            case "keep":
                with contextlib.suppress(CaseError):  # a cancel that is faster than this word
                    context.progress(0, 1, "working")
                while not context.cancelled:
                    time.sleep(0.01)
                context.obeyed()
                time.sleep(1.5)  # writes what it has
            case "nap":
                time.sleep(0.3)
        return (request, os.getpid())

    return handle
