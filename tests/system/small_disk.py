"""A disk of its own for a test, which can be filled up and write-protected, and what the person is told then."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

from engine.domain.errors import CaseError, ErrorKind


class SmallDisk:
    """A disk of 4 MiB that can be filled up, write-protected and made well again."""

    def __init__(self, place: Path) -> None:
        self.place = place

    def mount(self, options: str) -> subprocess.CompletedProcess[str]:
        words = ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(self.place)]
        return subprocess.run(words, capture_output=True, text=True, check=False)

    def make_ill(self, how: str) -> None:
        if how == "read-only":
            assert not self.mount("remount,ro").returncode
            return
        with suppress(OSError), (self.place / "filler").open("wb", buffering=0) as file:
            while file.write(bytes(4096)):
                pass

    def make_well(self) -> None:
        self.mount("remount,rw,size=64m")
        (self.place / "filler").unlink(missing_ok=True)


def sentence(work: Callable[[], object], name: str) -> str:
    """What the person is told when `work` cannot write."""
    with pytest.raises(CaseError) as refused:
        work()
    said = refused.value.sentence
    assert refused.value.kind is ErrorKind.STORAGE and name in said and "\n" not in said and said.endswith(".")
    return said
