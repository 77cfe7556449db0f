"""Start of a child process: ``python -m engine.child MODULE:FUNCTION MEMORY_BYTES NICENESS``.

FUNCTION takes no argument and returns the handler; what it imports is loaded in the child only.
"""

from __future__ import annotations

import contextlib
import importlib
import os
import signal
import sys

from engine.child.serve import Handler, private_pipes, serve


def main() -> None:
    entry, memory_bytes, niceness = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's to handle
    source, sink = private_pipes()
    _limit_memory(memory_bytes)
    if niceness and hasattr(os, "nice"):
        os.nice(niceness)
    module, _, function = entry.partition(":")
    make_handler = getattr(importlib.import_module(module), function)
    handler: Handler = make_handler()
    serve(handler, source, sink)


def _limit_memory(memory_bytes: int) -> None:
    if memory_bytes <= 0:
        return
    with contextlib.suppress(ImportError, ValueError, OSError):
        import resource  # POSIX only; on Windows the size checks before decoding have to do

        resource.setrlimit(resource.RLIMIT_AS, (memory_bytes, memory_bytes))


if __name__ == "__main__":
    main()
