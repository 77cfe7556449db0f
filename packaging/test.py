"""Set up with the test tools, then check everything: ``python3 packaging/test.py [--cpu] [PYTEST ARGUMENTS]``.

Needs no GPU, no network after setting up and no display. The last line is pytest's closing line; the exit status is 0
only when every step passed.
"""

import sys

if sys.version_info < (3, 11):  # noqa: UP036
    sys.exit("SonoFuse needs Python 3.11 or newer. Start this file with one.")

import os
import re
import subprocess
import time
from pathlib import Path

from display import OFFSCREEN_LIBRARIES, ensure_libraries
from environment import ROOT, SetupError, ensure_environment, say, venv_script

CLOSING_LINE = re.compile(r"^=* ?(\d+ (passed|failed|skipped|error|xfailed|xpassed|desel)|no tests ran).* in [\d.]+s")


def main() -> int:
    """Run all steps, also after one that failed."""
    arguments = sys.argv[1:]
    try:
        python = ensure_environment(cpu="--cpu" in arguments, test=True)
        ensure_libraries(OFFSCREEN_LIBRARIES, "the tests of the window")
    except SetupError as error:
        say(str(error))
        return 1
    failed = _checks(python)
    closing, status = _pytest(python, [word for word in arguments if word != "--cpu"])
    if status:
        failed.append("pytest")
    if failed:
        say(f"Failed: {', '.join(failed)}.")
    say(closing)
    return 1 if failed else 0


def _checks(python: Path) -> list[str]:
    """Names of the checks that failed."""
    steps = {
        "ruff check": [str(python), "-m", "ruff", "check", "."],
        "ruff format": [str(python), "-m", "ruff", "format", "--check", "."],
        "mypy": [str(python), "-m", "mypy"],
        "import-linter": [str(venv_script("lint-imports"))],
    }
    failed = []
    for name, command in steps.items():
        started = time.monotonic()
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, errors="replace", check=False)
        say(f"{name}: {'failed' if done.returncode else 'ok'} ({time.monotonic() - started:.1f} s)")
        if done.returncode:
            say((done.stdout + done.stderr).rstrip())
            failed.append(name)
    return failed


def _pytest(python: Path, arguments: list[str]) -> tuple[str, int]:
    """Pytest's closing line and its exit status; the lines before are passed on as they come."""
    workers = str(min(max(os.cpu_count() or 2, 2), 8))
    command = [str(python), "-m", "pytest", "-n", workers, "--dist", "worksteal"]
    command += arguments
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen", "PYTHONUNBUFFERED": "1"}
    for name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
        environment[name] = "1"  # as many workers as cores: more threads would only wait for each other
    closing = "pytest ended without a closing line"
    with subprocess.Popen(
        command,
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
    ) as pytest:
        assert pytest.stdout is not None
        for line in pytest.stdout:
            if CLOSING_LINE.match(line):
                closing = line.rstrip()
            else:
                say(line.rstrip())
    return closing, pytest.returncode


if __name__ == "__main__":
    sys.exit(main())
