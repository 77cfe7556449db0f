"""A pipe that the kernel cuts when the parent dies, however it dies: the child is then killed at once.

Reading the end of a pipe would need the child's interpreter, which may be busy in native code or still importing. Linux
can send a signal of our choice instead when a pipe loses its last writer (fcntl(2): F_SETSIG, F_SETOWN, O_ASYNC).
PR_SET_PDEATHSIG is not used: it follows the thread that started the child, not the process.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess

try:
    import fcntl
except ImportError:  # Windows: the reader of `engine.child.serve` notices the end of its pipe
    fcntl = None  # type: ignore[assignment]

_F_SETSIG = 10
"""Of linux/fcntl.h; Python 3.11 does not name it on every platform."""


class Lifeline:
    """Made before the child is started; `tie` afterwards. `cut` ends the child."""

    def __init__(self) -> None:
        self._far, self._near = os.pipe() if fcntl is not None and os.uname().sysname == "Linux" else (-1, -1)

    @property
    def inherited(self) -> tuple[int, ...]:
        """Descriptors that the child has to be given."""
        return (self._far,) if self._far >= 0 else ()

    def tie(self, process: subprocess.Popen[bytes]) -> None:
        """From now on the child does not outlive this process."""
        if self._far < 0:
            return
        with contextlib.suppress(OSError):  # what is left then is the reader in the child
            fcntl.fcntl(self._far, _F_SETSIG, signal.SIGKILL)
            fcntl.fcntl(self._far, fcntl.F_SETOWN, process.pid)
            fcntl.fcntl(self._far, fcntl.F_SETFL, fcntl.fcntl(self._far, fcntl.F_GETFL) | os.O_ASYNC)
        os.close(self._far)  # the child has its own
        self._far = -1

    def cut(self) -> None:
        """Let go of both ends; safe to call twice."""
        for end in (self._far, self._near):
            if end >= 0:
                os.close(end)
        self._far = self._near = -1
