"""Without a display the command says so instead of letting Qt end the process."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from workstation.display import display_problem

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="Linux names its displays so")


@pytest.fixture
def bare(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"):
        monkeypatch.delenv(name, raising=False)
    return monkeypatch


@pytest.mark.parametrize(("variable", "value", "said"), [("", "", "no display"), ("DISPLAY", ":987", ":987 does not")])
def test_the_command_says_so_in_one_line(variable: str, value: str, said: str) -> None:
    environment = {k: v for k, v in os.environ.items() if k not in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")}
    if variable:
        environment[variable] = value
    done = subprocess.run([sys.executable, "-m", "workstation"], capture_output=True, text=True, env=environment)
    assert done.returncode == 3
    assert said in done.stderr and len(done.stderr.splitlines()) == 1


def test_a_display_that_answers_is_found(bare: pytest.MonkeyPatch, tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as server:
        server.bind(str(tmp_path / "wayland-7"))
        server.listen()
        bare.setenv("XDG_RUNTIME_DIR", str(tmp_path))
        bare.setenv("WAYLAND_DISPLAY", "wayland-7")
        assert display_problem() == ""
    bare.setenv("WAYLAND_DISPLAY", "wayland-8")
    assert "wayland-8" in display_problem()


def test_qt_without_a_screen_needs_no_display(bare: pytest.MonkeyPatch) -> None:
    assert display_problem()
    bare.setenv("QT_QPA_PLATFORM", "offscreen")
    assert display_problem() == ""
