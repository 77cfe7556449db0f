"""What codecs raise, in words."""

from __future__ import annotations

import subprocess
import sys

import pytest

PROGRAM = """
import resource, sys
from pathlib import Path
from engine.dicom.failures import told_plainly
from engine.domain.errors import CaseError
room = int(sys.argv[1])
if room:
    used = int(Path("/proc/self/statm").read_bytes().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (used + room, used + room))
try:
    with told_plainly("/x/a.dcm"):
        raise RuntimeError("Error decoding the J2K data: failed to create the input stream")
except CaseError as error:
    print(error.kind.value, error.sentence)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="needs /proc and a limit of memory")
@pytest.mark.parametrize(("room_bytes", "words"), [(0, "damaged"), (2**24, "memory"), (2**30, "damaged")])
def test_a_codec_that_gets_no_memory_does_not_make_the_image_damaged(room_bytes: int, words: str) -> None:
    done = subprocess.run([sys.executable, "-c", PROGRAM, str(room_bytes)], capture_output=True, text=True, check=True)
    assert words in done.stdout and "a.dcm" in done.stdout
