"""Every verb explains itself on one screen, at once, with an example."""

from __future__ import annotations

import subprocess
import sys

import pytest
from typer.testing import CliRunner

from workstation.__main__ import app

VERBS = ("open", "scan", "score", "phantom", "train", "evaluate", "compare", "export-readings", "models", "doctor")


@pytest.mark.parametrize("verb", ["", *VERBS])
def test_help_fits_a_screen_and_has_an_example(verb: str) -> None:
    result = CliRunner().invoke(app, [*verb.split(), "--help"], prog_name="sonofuse", env={"COLUMNS": "80"})
    assert result.exit_code == 0
    lines = result.output.splitlines()
    assert len(lines) <= 24
    assert max(map(len, lines)) <= 80
    assert any(line.strip().startswith(f"Example: sonofuse {verb}") for line in lines)
    assert not any(line.endswith("...") for line in lines[1:])


def test_the_verbs_are_listed() -> None:
    listed = CliRunner().invoke(app, ["--help"]).output
    assert all(f"\n  {verb} " in listed for verb in VERBS)


def test_help_loads_nothing_heavy() -> None:
    code = (
        "import sys; sys.argv = ['sonofuse', 'score', '--help']\n"
        "from workstation.__main__ import main\n"
        "try: main()\n"
        "except SystemExit: pass\n"
        "print([m for m in ('torch', 'numpy', 'cv2', 'pydicom', 'PySide6', 'sklearn') if m in sys.modules])"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert result.stdout.splitlines()[-1] == "[]"


def test_an_unknown_verb_is_a_usage_error() -> None:
    result = CliRunner().invoke(app, ["scroe"])
    assert result.exit_code == 2
    assert "scroe" in result.output


def test_the_version() -> None:
    assert CliRunner().invoke(app, ["--version"]).output.startswith("sonofuse ")
