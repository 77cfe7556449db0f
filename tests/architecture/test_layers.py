"""The plan of the house, checked: who imports whom, how long files are, and what the window's process loads."""

from __future__ import annotations

import re
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
CODE = sorted(
    path for folder in ("engine", "workstation", "packaging", "tests") for path in (ROOT / folder).rglob("*.py")
)

HEAVY = ("torch", "torchvision", "pydicom", "gdcm", "pytorch_grad_cam", "sklearn")
"""Never loaded by the window: pixels are decoded and models run in child processes."""


def test_imports_go_downwards_only() -> None:
    program = Path(sysconfig.get_path("scripts")) / ("lint-imports.exe" if sys.platform == "win32" else "lint-imports")
    done = subprocess.run([str(program), "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_window_never_loads_torch() -> None:
    program = (
        "import importlib, pkgutil, sys, workstation\n"
        "for module in pkgutil.walk_packages(workstation.__path__, 'workstation.'):\n"
        "    importlib.import_module(module.name)\n"
        "import engine.store, engine.jobs\n"
        f"print('loaded', sorted(set({HEAVY!r}) & set(sys.modules)))\n"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1] == "loaded []"


@pytest.mark.parametrize("words", [["--help"], ["score", "--help"]])
def test_help_does_not_wait_for_torch(words: list[str]) -> None:
    program = (
        f"import sys; sys.argv = ['sonofuse', *{words!r}]\n"
        "from workstation.__main__ import main\n"
        "try:\n    main()\nexcept SystemExit: pass\n"
        "print('loaded', sorted({'torch', 'PySide6'} & set(sys.modules)))\n"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.stdout.splitlines()[-1] == "loaded []", done.stderr


def test_no_file_is_longer_than_500_lines() -> None:
    long = {str(p.relative_to(ROOT)): n for p in CODE if (n := len(p.read_text(encoding="utf-8").splitlines())) > 500}
    assert long == {}


def test_a_thing_is_named_after_what_it_is() -> None:
    vague = re.compile(r"^_?(utils?|helpers?|common|managers?|misc)$")
    names = {part for path in CODE for part in path.relative_to(ROOT).with_suffix("").parts}
    assert [name for name in names if vague.match(name)] == []


def test_every_package_folder_says_what_it_is() -> None:
    silent = [
        str(path.relative_to(ROOT))
        for path in CODE
        if path.relative_to(ROOT).parts[0] in ("engine", "workstation")
        and path.stat().st_size
        and not path.read_text(encoding="utf-8").lstrip().startswith('"""')
    ]
    assert silent == [], "a module without a docstring"


def test_only_the_expected_folders_stand_at_the_top() -> None:
    tracked = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False)
    if tracked.returncode:
        pytest.skip("not a git checkout")
    tops = {line.split("/")[0] for line in tracked.stdout.splitlines() if "/" in line}
    assert tops <= {"engine", "workstation", "resources", "packaging", "tests", ".ci"}


def test_what_is_shipped_stays_small() -> None:
    def size_mb(folder: Path) -> float:
        return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) / 1e6

    assert size_mb(ROOT / "resources" / "demo_study") <= 8
    assert {path.name: size_mb(path) for path in (ROOT / "resources" / "models").glob("*") if size_mb(path) > 30} == {}
