"""kill -9 of the parent ends the child at once, whatever the child is doing."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import psutil
import pytest

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the kernel's help is asked for on Linux alone")
PARENT = """
import sys, threading
from engine.child import ChildProcess
child = ChildProcess(f"tests.engine.child.handlers:{sys.argv[1]}", name="busy")
def work():
    if sys.argv[2] == "start": child.start()
    else: child.call(sys.argv[2])
threading.Thread(target=work, daemon=True).start()  # the starting thread may end before the process does
while child.pid is None: pass
print(child.pid, flush=True)
threading.Event().wait()
"""


@pytest.mark.parametrize("entry, request_", [("stubborn", "hold"), ("never_ready", "start")])
def test_a_child_in_native_code_or_still_importing_dies_with_its_parent(entry: str, request_: str) -> None:
    root = Path(__file__).resolve().parents[3]
    with subprocess.Popen(
        [sys.executable, "-c", PARENT, entry, request_], cwd=root, stdout=subprocess.PIPE, text=True
    ) as parent:
        assert parent.stdout is not None
        child = psutil.Process(int(parent.stdout.readline()))
        with pytest.raises(subprocess.TimeoutExpired):
            parent.wait(timeout=2.5)  # until the child is where nothing reaches it
        assert child.is_running()
        parent.kill()
    try:
        child.wait(timeout=2)
    except psutil.TimeoutExpired:
        ended = child.status() == psutil.STATUS_ZOMBIE  # nobody may wait for orphans here
        child.kill()
        assert ended, "the child outlived its parent"
