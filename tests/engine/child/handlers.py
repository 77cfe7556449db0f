"""Handlers that tests run in real child processes."""

from __future__ import annotations

import ctypes
import os
import time
from typing import Any

from engine.child import Context, Handler


def echo() -> Handler:
    return lambda request, context: request


def troublesome() -> Handler:
    """Obeys words: die, hang, raise, count, memory."""

    def handle(request: Any, context: Context) -> Any:
        match request:
            case "die":
                os.abort()
            case "hang":
                time.sleep(600)
            case "raise":
                raise KeyError("secret")
            case "count":
                for step in range(1000):
                    context.progress(step, 1000)
                    time.sleep(0.01)
            case "memory":
                return len(bytearray(8 * 2**30))
            case "print":
                print("noise on stdout")  # noqa: T201
        return os.getpid()

    return handle


def stubborn() -> Handler:
    """Sleeps in native code without letting any other thread of the interpreter run."""
    return lambda request, context: ctypes.PyDLL(None).sleep(60)


def never_ready() -> Handler:
    """As a child whose imports take very long."""
    ctypes.PyDLL(None).sleep(60)
    raise AssertionError
