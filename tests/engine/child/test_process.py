"""Child processes as the rest of the program uses them: real processes, real deaths."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime

import numpy as np
import pytest

from engine.child import ChildProcess
from engine.child.codec import decode, encode
from engine.domain.case import Box, Case
from engine.domain.errors import CaseError, ErrorKind

HANDLERS = "tests.engine.child.handlers"


@pytest.fixture
def troublesome() -> Iterator[ChildProcess]:
    with ChildProcess(f"{HANDLERS}:troublesome", name="helper", deadline_s=30, memory_bytes=4 * 2**30) as child:
        yield child


def test_a_case_an_array_and_an_error_pass_unchanged() -> None:
    case = Case(case_id="a", task="breast_lesion", images={})
    array = np.arange(24, dtype=np.float32).reshape(2, 3, 4)
    with ChildProcess(f"{HANDLERS}:echo", name="echo") as child:
        answer = child.call(
            {"case": case, "array": array, "box": Box(0, 1, 2, 3), "at": datetime(2026, 1, 2, tzinfo=UTC)}
        )
    assert answer["case"] == case and answer["box"] == Box(0, 1, 2, 3) and answer["at"].year == 2026
    np.testing.assert_array_equal(answer["array"], array)


def test_a_child_that_dies_costs_one_request(troublesome: ChildProcess) -> None:
    first = troublesome.call("pid")
    with pytest.raises(CaseError) as stopped:
        troublesome.call("die")
    assert stopped.value.kind is ErrorKind.STOPPED
    began = time.monotonic()
    assert troublesome.call("pid") != first
    assert time.monotonic() - began < 5


def test_killed_from_outside(troublesome: ChildProcess) -> None:
    pid = troublesome.call("pid")
    threading.Timer(0.3, os.kill, (pid, signal.SIGKILL)).start()
    with pytest.raises(CaseError, match="stopped while working"):
        troublesome.call("hang")
    assert troublesome.call("pid") != pid


def test_a_child_that_hangs_is_ended_at_its_deadline(troublesome: ChildProcess) -> None:
    troublesome.start()
    with pytest.raises(CaseError, match="no answer for 1 s"):
        troublesome.call("hang", deadline_s=0.6)
    assert troublesome.call("pid")


def test_cancel_is_obeyed_within_a_second(troublesome: ChildProcess) -> None:
    troublesome.start()
    threading.Timer(0.3, troublesome.cancel).start()
    began = time.monotonic()
    with pytest.raises(CaseError, match="Cancelled"):
        troublesome.call("count")
    assert time.monotonic() - began < 2
    threading.Timer(0.3, troublesome.cancel).start()
    with pytest.raises(CaseError, match="Cancelled"):
        troublesome.call("hang")


def test_unexpected_errors_and_memory_become_sentences(troublesome: ChildProcess) -> None:
    with pytest.raises(CaseError) as unexpected:
        troublesome.call("raise")
    assert "KeyError" in unexpected.value.detail and "secret" not in unexpected.value.sentence
    with pytest.raises(CaseError) as memory:
        troublesome.call("memory")
    assert memory.value.kind is ErrorKind.TOO_LARGE


def test_noise_on_stdout_does_not_break_a_message(troublesome: ChildProcess) -> None:
    assert isinstance(troublesome.call("print"), int)


def test_closing_leaves_no_process() -> None:
    child = ChildProcess(f"{HANDLERS}:troublesome", name="helper")
    pid = child.call("pid")
    child.close()
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


def test_messages_cannot_name_foreign_classes() -> None:
    forged = encode(Box(0, 0, 1, 1)).replace(b"engine.domain.case:Box", b"engine.domain.case:Cas")
    with pytest.raises((ValueError, TypeError)):
        decode(forged)
    with pytest.raises(TypeError):
        encode(lambda: None)
