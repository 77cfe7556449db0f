"""The virtual environment `.venv` beside pyproject.toml: made once, mended when it is broken. Standard library only."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

from debian import install_or_explain
from pip_run import SetupError, pip_install, say

ROOT = Path(__file__).resolve().parents[1]
CONSTRAINTS = ROOT / "packaging" / "constraints.txt"
VENV = ROOT / ".venv"
STAMP = VENV / "sonofuse-setup.json"

TORCH = ("torch>=2.13,<2.14", "torchvision>=0.28,<0.29")
"""Stands in every call of pip: without the upper bounds pip replaces a CPU torch by a CUDA build."""

BUILD = ("hatchling", "editables")
"""Installed with the rest, so that the program itself is installed by pinned tools too."""

TORCH_CPU = (("torch==2.13.0+cpu", "torchvision==0.28.0+cpu"), ("torch==2.13.0+cpu", TORCH[1]))

IMPORTED = "torch, numpy, scipy, sklearn, cv2, pydicom, PIL, safetensors, sqlalchemy, alembic, typer, PySide6, engine"
"""Loaded once after installing, so that a half-installed library is found then and not in the middle of a reading."""

NEEDED_GIB = {True: 3.0, False: 8.0}
"""Free disk space to begin with, by whether the CPU build of PyTorch was asked for."""

__all__ = ["ROOT", "SetupError", "ensure_environment", "say"]


def ensure_environment(*, cpu: bool = False, test: bool = False) -> Path:
    """Path of the environment's Python, after everything pinned is installed; immediate when it already is.

    Raises
    ------
    SetupError
        With a sentence for the person: no network, full disk, missing venv module, ...
    """
    if _is_current(cpu=cpu, test=test):
        return venv_python()
    started = time.monotonic()
    cpu = cpu or bool(_stamp().get("cpu"))  # an environment with the CPU build stays one
    test = test or bool(_stamp().get("test"))
    if venv_python().exists():
        say(f"Bringing the libraries in {VENV} up to date (up to a minute when little has changed).")
    else:
        say(f"Setting SonoFuse up in {VENV} (once; 1 to 15 minutes, most of it for downloading PyTorch).")
    signal.signal(signal.SIGTERM, _interrupt)
    try:
        with contextlib.suppress(FileNotFoundError):
            STAMP.unlink()  # whatever is interrupted from here on is done again at the next start
        _install(cpu=cpu, test=test)
        _write_stamp(cpu=cpu, test=test)
    except OSError as error:
        raise SetupError(
            f"Setting up in {VENV} failed: {error.strerror or error}. Mend this and start again."
        ) from error
    except KeyboardInterrupt:
        raise SetupError("Interrupted. Start again to go on from here.") from None
    finally:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
    say(f"Set up in {time.monotonic() - started:.0f} s.")
    return venv_python()


def _interrupt(*_: object) -> None:
    raise KeyboardInterrupt


def venv_python() -> Path:
    """Python of the environment, also where it does not exist yet."""
    return venv_script("python")


def venv_script(name: str) -> Path:
    """A command of the environment."""
    return VENV / "Scripts" / f"{name}.exe" if os.name == "nt" else VENV / "bin" / name


def fingerprint() -> str:
    """Changes with the pins, the Python version and the place of the folder."""
    state = hashlib.sha256()
    for part in (
        (ROOT / "pyproject.toml").read_bytes(),
        CONSTRAINTS.read_bytes(),
        sys.version.encode(),
        str(ROOT).encode(),
    ):
        state.update(hashlib.sha256(part).digest())
    return state.hexdigest()


def _install(*, cpu: bool, test: bool) -> None:
    broken = _make_venv()
    _install_packages(cpu=cpu, test=test)
    problem = _import_problem()
    if problem and not broken:
        say("  The environment that was there is damaged; making it anew.")
        shutil.rmtree(VENV, ignore_errors=True)
        _make_venv()
        _install_packages(cpu=cpu, test=test)
        problem = _import_problem()
    if problem:
        raise SetupError(f"The installed libraries do not load: {problem}")


def _make_venv() -> bool:
    """True when it was made now, False when a working one is there."""
    if _works(venv_python()):
        return False
    try:
        import ensurepip  # noqa: F401
        import venv  # noqa: F401
    except ImportError:
        version = f"{sys.version_info.major}.{sys.version_info.minor}"
        install_or_explain([f"python{version}-venv"], "Python's module for virtual environments")
    free_gib = shutil.disk_usage(ROOT).free / 2**30
    if free_gib < NEEDED_GIB[True]:
        raise SetupError(
            f"Only {free_gib:.1f} GiB are free on the disk of {ROOT}, and at least {NEEDED_GIB[True]:.0f} are needed "
            f"({NEEDED_GIB[False]:.0f} with PyTorch's GPU build). Free some space and start again."
        )
    say("  1/3 making the virtual environment (10 s)")
    made = subprocess.run(
        [sys.executable, "-m", "venv", "--clear", str(VENV)], capture_output=True, text=True, check=False
    )
    if made.returncode or not _works(venv_python()):
        words = " ".join((made.stdout + made.stderr).split()[-40:])
        raise SetupError(f"The virtual environment {VENV} could not be made: {words}")
    return True


def _works(python: Path) -> bool:
    if not python.exists():
        return False
    with contextlib.suppress(OSError):
        probe = "import sys, pip; print('%d.%d' % sys.version_info[:2], sys.prefix)"
        done = subprocess.run([str(python), "-c", probe], capture_output=True, text=True, check=False)
        mine = f"{sys.version_info.major}.{sys.version_info.minor} "
        return done.returncode == 0 and done.stdout.startswith(mine) and Path(done.stdout[len(mine) :].strip()) == VENV
    return False


def _install_packages(*, cpu: bool, test: bool) -> None:
    say("  2/3 installing PyTorch (the largest part: 200 MB, or 3 GB with GPU support)")
    if not (cpu and _install_cpu_torch()):
        _pip([*BUILD, *TORCH])
    say("  3/3 installing the other libraries (1 to 3 minutes)")
    _pip(["--no-build-isolation", "--editable", f"{ROOT}[test]" if test else str(ROOT), *TORCH])


def _install_cpu_torch() -> bool:
    for wanted in TORCH_CPU:
        with contextlib.suppress(SetupError):
            _pip([*BUILD, *wanted])
            return True
    if sys.platform != "darwin":
        say("  Your package index has no CPU build of PyTorch; taking its usual build, which runs on the CPU as well.")
    return False


def _pip(words: list[str]) -> None:
    pip_install(venv_python(), ["--constraint", str(CONSTRAINTS), *words])


def _import_problem() -> str:
    """Why the libraries do not load, empty when they do; finds what an interrupted installation left half done."""
    done = subprocess.run([str(venv_python()), "-c", f"import {IMPORTED}"], capture_output=True, text=True, check=False)
    if done.returncode == 0:
        return ""
    return (done.stderr.strip().splitlines() or ["no reason given"])[-1]


def _stamp() -> dict[str, object]:
    try:
        content = json.loads(STAMP.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return content if isinstance(content, dict) else {}


def _is_current(*, cpu: bool, test: bool) -> bool:
    stamp = _stamp()
    return (
        stamp.get("fingerprint") == fingerprint()
        and (not cpu or bool(stamp.get("cpu")))
        and (not test or bool(stamp.get("test")))
        and venv_python().exists()
    )


def _write_stamp(*, cpu: bool, test: bool) -> None:
    content = json.dumps({"fingerprint": fingerprint(), "cpu": cpu, "test": test})
    unfinished = STAMP.with_suffix(".part")
    unfinished.write_text(content, encoding="utf-8")
    unfinished.replace(STAMP)
