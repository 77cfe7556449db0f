"""Setting up: when it is needed, what is said when it cannot be done."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

from tests.packaging.conftest import Script


@pytest.fixture
def environment(script: Script, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The module, for a program that lies in `tmp_path`."""
    module = script("environment")
    (tmp_path / "pyproject.toml").write_text("[project]\n")
    (tmp_path / "constraints.txt").write_text("a==1\n")
    python = tmp_path / ".venv" / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    python.parent.mkdir(parents=True)
    python.write_text("stands for an interpreter")
    monkeypatch.setattr(module, "ROOT", tmp_path)
    monkeypatch.setattr(module, "CONSTRAINTS", tmp_path / "constraints.txt")
    monkeypatch.setattr(module, "VENV", tmp_path / ".venv")
    monkeypatch.setattr(module, "STAMP", tmp_path / ".venv" / "stamp.json")
    return module


def test_a_second_start_needs_no_setting_up(environment: ModuleType) -> None:
    assert not environment._is_current(cpu=False, test=False)
    environment._write_stamp(cpu=False, test=True)
    assert environment.ensure_environment() == environment.venv_python()
    assert environment._is_current(cpu=False, test=True)
    assert not environment._is_current(cpu=True, test=False), "another build of PyTorch is wanted"


@pytest.mark.parametrize("changed", ["pyproject.toml", "constraints.txt"])
def test_new_pins_are_installed(environment: ModuleType, changed: str) -> None:
    environment._write_stamp(cpu=False, test=False)
    with (environment.ROOT / changed).open("a") as file:
        file.write("# other\n")
    assert not environment._is_current(cpu=False, test=False)


def test_a_lost_interpreter_or_a_broken_stamp_is_noticed(environment: ModuleType) -> None:
    environment._write_stamp(cpu=False, test=False)
    environment.venv_python().unlink()
    assert not environment._is_current(cpu=False, test=False)
    environment.venv_python().write_text("")
    environment.STAMP.write_text("{half")
    assert not environment._is_current(cpu=False, test=False)


def test_an_interrupted_set_up_is_done_again(environment: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    environment._write_stamp(cpu=False, test=False)
    (environment.ROOT / "pyproject.toml").write_text("[project]\n# newer\n")

    def interrupted(**_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(environment, "_install", interrupted)
    with pytest.raises(environment.SetupError, match="Start again to go on"):
        environment.ensure_environment()
    assert not environment.STAMP.exists()


@pytest.mark.skipif(os.name == "nt", reason="a POSIX environment is made")
def test_a_broken_virtual_environment_is_made_anew_and_a_working_one_kept(environment: ModuleType) -> None:
    environment.venv_python().unlink()
    environment.venv_python().symlink_to("/nowhere/python")
    assert environment._make_venv() is True
    assert environment._works(environment.venv_python())
    assert environment._make_venv() is False


def test_the_stamp_is_plain_json(environment: ModuleType) -> None:
    environment._write_stamp(cpu=True, test=False)
    assert json.loads(environment.STAMP.read_text())["cpu"] is True


def test_no_network_is_said_in_one_sentence(script: Script) -> None:
    pip = script("pip_run")
    offline = ["--isolated", "--retries", "1", "--timeout", "2", "--index-url", "http://127.0.0.1:9/simple"]
    with pytest.raises(pip.SetupError, match="No connection to the package index") as failed:
        pip.pip_install(Path(sys.executable), [*offline, "--no-deps", "--target", "x", "sonofuse-no-such"])
    assert "\n" not in str(failed.value)


def test_a_package_that_the_index_lacks_is_named(script: Script) -> None:
    pip = script("pip_run")
    with pytest.raises(pip.SetupError, match=r"has no sonofuse-no-such==3 for Python 3"):
        pip.pip_install(Path(sys.executable), ["--isolated", "--no-index", "sonofuse-no-such==3"])


@pytest.mark.parametrize(
    ("output", "sentence"),
    [
        ("ERROR: Could not install packages due to an OSError: [Errno 28] No space left on device", "disk is full"),
        ("ERROR: Could not install packages due to an OSError: [Errno 13] Permission denied: '/x'", "Allow writing"),
        ("WARNING: ... SSLError(SSLCertVerificationError(1, '[SSL: CERTIFICATE_VERIFY_FAILED]", "certificate"),
        ("Traceback\nERROR: Exception: strange", "pip failed: ERROR: Exception: strange"),
        ("", "no reason given"),
    ],
)
def test_other_failures_of_pip(script: Script, output: str, sentence: str) -> None:
    assert sentence in script("pip_run").reason(output)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="Debian's packages")
def test_missing_libraries_are_named_with_the_line_that_installs_them(
    script: Script, monkeypatch: pytest.MonkeyPatch
) -> None:
    display, debian = script("display"), script("debian")
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    monkeypatch.setattr(debian.shutil, "which", lambda _: "/usr/bin/apt-get")
    with pytest.raises(debian.SetupError) as missing:
        display.ensure_libraries({"libc.so.6": "libc6", "libno-such.so.1": "libno-such1"}, "the window")
    line = str(missing.value).splitlines()[-1].strip()
    assert line.startswith("sudo apt-get install --no-install-recommends --yes libno-such1")
    assert "libc6" not in line


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="X11 and Wayland")
@pytest.mark.parametrize(
    ("variables", "problem"),
    [
        ({}, "there is no display"),
        ({"DISPLAY": ":0"}, ""),
        ({"WAYLAND_DISPLAY": "wayland-0"}, ""),
        ({"DISPLAY": ":0", "QT_QPA_PLATFORM": "offscreen"}, "QT_QPA_PLATFORM is offscreen"),
        ({"QT_QPA_PLATFORM": "vnc:size=800x600"}, ""),
    ],
)
def test_whether_a_window_can_be_opened(
    script: Script, monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], problem: str
) -> None:
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert script("display").display_problem() == problem


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="X11")
def test_a_display_that_does_not_answer_is_no_display(script: Script, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("QT_QPA_PLATFORM", raising=False)
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    monkeypatch.setenv("DISPLAY", ":987")
    assert script("display").display_problem(Path(sys.executable)) == "the display does not answer"


@pytest.mark.parametrize(
    ("body", "options", "end"),
    [
        ("def test_a(): pass", ["-q"], "1 passed in "),
        ("def test_a(): pass", [], "1 passed in "),
        ("def test_a(): assert 0", [], "1 failed in "),
        ("import nothing_of_that_name", [], "1 error in "),
        ("", [], "no tests ran in "),
    ],
)
def test_pytests_closing_line_is_recognised(
    script: Script, tmp_path: Path, body: str, options: list[str], end: str
) -> None:
    file = tmp_path / "test_it.py"
    file.write_text(body)
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-p",
        "no:cacheprovider",
        "--rootdir",
        str(tmp_path),
        *options,
        str(file),
    ]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    found = [line for line in done.stdout.splitlines() if script("test").CLOSING_LINE.match(line)]
    assert len(found) == 1
    assert end in found[0]


def test_a_run_without_a_single_test_is_a_failure(script: Script) -> None:
    nothing = [
        "-n",
        "0",
        "-p",
        "no:cacheprovider",
        "--no-cov",
        "-k",
        "nothing_of_that_name",
        "tests/packaging/test_pins.py",
    ]
    closing, status = script("test")._pytest(Path(sys.executable), nothing)
    assert "deselected in" in closing
    assert status == 5
