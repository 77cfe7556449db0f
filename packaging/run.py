"""Set SonoFuse up where it lies and open it: ``python3 packaging/run.py [--cpu] [FOLDER]``.

Needs Python 3.11 or newer and nothing else. This file alone must be readable by older versions too, so that they can
be told what is missing.
"""

import sys

if sys.version_info < (3, 11):  # noqa: UP036
    sys.exit(
        "SonoFuse needs Python 3.11 or newer; this is {}.{}. Start this file with a newer one.".format(
            *sys.version_info[:2]
        )
    )

import argparse
import os
import signal
import subprocess
from pathlib import Path

from display import OFFSCREEN_LIBRARIES, WINDOW_LIBRARIES, display_problem, ensure_libraries
from environment import ROOT, SetupError, ensure_environment, say

PROGRAM = ("-m", "workstation")
DEMO_STUDY = ROOT / "resources" / "demo_study"


def main() -> int:
    """Set up, then open the window, or score the study where there is no display."""
    arguments = _arguments()
    folder = arguments.folder.absolute() if arguments.folder else DEMO_STUDY
    try:
        python = ensure_environment(cpu=arguments.cpu)
        problem = display_problem()
        if not problem:
            ensure_libraries({**OFFSCREEN_LIBRARIES, **WINDOW_LIBRARIES}, "the window")
            problem = display_problem(python)
    except SetupError as error:
        say(str(error))
        return 1
    if problem:
        return _score(python, folder, problem)
    return _become(python, ["open", str(folder)])


def _score(python: Path, folder: Path, problem: str) -> int:
    out = ROOT / "demo-results" if folder == DEMO_STUDY else Path.cwd() / "sonofuse-results"
    say(f"No window can be opened ({problem}): scoring {folder.name} into {out} instead.")
    status = _start(python, ["score", str(folder), "--out", str(out), "--heatmaps"])
    if status == 0:
        say(f"Done: {out / 'results.csv'} holds the scores, {out / 'index.html'} shows the heatmaps.")
    return status


def _become(python: Path, words: list[str]) -> int:
    """Let the window take this process's place, so that ending the one ends the other."""
    if os.name == "nt":
        return _start(python, words)
    os.chdir(ROOT)
    os.execv(python, [str(python), *PROGRAM, *words])


def _start(python: Path, words: list[str]) -> int:
    with subprocess.Popen([str(python), *PROGRAM, *words], cwd=ROOT) as program:
        signal.signal(signal.SIGTERM, lambda *_: program.terminate())
        while True:
            try:
                return program.wait()
            except KeyboardInterrupt:  # Ctrl-C reaches the program as well, which ends in its own way
                continue


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description="Sets SonoFuse up in .venv at the first start, then opens it. Research use, not a medical device."
    )
    parser.add_argument("folder", nargs="?", type=Path, metavar="FOLDER", help="study folder; default: the demo study")
    parser.add_argument("--cpu", action="store_true", help="take PyTorch's CPU build where your package index has one")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
