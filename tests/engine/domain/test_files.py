"""A write that fails must leave the old file whole and no litter."""

from __future__ import annotations

import resource
import subprocess
import sys
from pathlib import Path

import pytest

from engine.domain.errors import CaseError, ErrorKind
from engine.domain.files import write_atomically


def test_replaces_and_leaves_no_temporary_file(tmp_path: Path) -> None:
    target = tmp_path / "deep" / "results.csv"
    write_atomically(target, b"old")
    write_atomically(target, b"new")
    assert target.read_bytes() == b"new" and [p.name for p in target.parent.iterdir()] == ["results.csv"]


def test_a_folder_that_cannot_be_made_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(CaseError) as failure:
        write_atomically(tmp_path / "file" / "results.csv", b"new")
    assert failure.value.kind is ErrorKind.STORAGE and "results.csv" in failure.value.sentence
    assert "another folder" in failure.value.sentence and "space" not in failure.value.sentence


@pytest.mark.skipif(not hasattr(resource, "RLIMIT_FSIZE"), reason="needs file size limits")
def test_no_room_left_keeps_the_old_file(tmp_path: Path) -> None:
    target = tmp_path / "results.csv"
    target.write_bytes(b"old")
    program = f"""
import resource, signal
from pathlib import Path
from engine.domain.errors import CaseError
from engine.domain.files import write_atomically
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
try:
    write_atomically(Path({str(target)!r}), b"x" * 5000)
except CaseError as error:
    print(error.kind, "Free some space" in error.sentence)
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "storage True"
    assert target.read_bytes() == b"old" and len(list(tmp_path.iterdir())) == 1
