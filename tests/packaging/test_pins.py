"""What is installed: pins, bounds, and that the scripts need nothing but Python."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.packaging.conftest import ROOT, SCRIPTS, Script

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
EXTRAS = PROJECT["optional-dependencies"]


def pins() -> dict[str, str]:
    lines = (SCRIPTS / "constraints.txt").read_text(encoding="utf-8").splitlines()
    exact = [Requirement(line) for line in lines if line and not line.startswith("#")]
    assert all(len(r.specifier) == 1 and str(r.specifier).startswith("==") for r in exact)
    return {canonicalize_name(r.name): str(r.specifier).removeprefix("==") for r in exact}


@pytest.mark.parametrize("wanted", [*PROJECT["dependencies"], *EXTRAS["test"]])
def test_each_dependency_is_pinned_within_its_bounds(wanted: str) -> None:
    requirement = Requirement(wanted)
    assert requirement.specifier.contains(pins()[canonicalize_name(requirement.name)])


@pytest.mark.parametrize("wanted", [PROJECT["dependencies"], *EXTRAS.values()])
def test_torch_is_bound_on_both_sides_wherever_pip_is_asked(wanted: list[str], script: Script) -> None:
    given = {r.name: r.specifier for r in map(Requirement, wanted)}
    by_scripts = {r.name: r.specifier for r in map(Requirement, script("environment").TORCH)}
    for name in ("torch", "torchvision"):
        assert {s.operator for s in given[name]} == {">=", "<"}
        assert given[name] == by_scripts[name]


def test_only_the_headless_opencv_is_asked_for() -> None:
    assert [name for name in pins() if name.startswith("opencv")] == ["opencv-python-headless"]


def test_the_scripts_need_only_the_standard_library() -> None:
    own = {path.stem for path in SCRIPTS.glob("*.py")}
    for path in SCRIPTS.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [a.name for a in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            for name in names:
                assert name.split(".")[0] in own | set(sys.stdlib_module_names), f"{path.name} imports {name}"


def test_the_folder_does_not_hide_the_library_of_the_same_name() -> None:
    assert not (SCRIPTS / "__init__.py").exists()
    done = subprocess.run(
        [sys.executable, "-c", "import packaging; print(packaging.__file__)"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert "site-packages" in done.stdout


@pytest.mark.parametrize("name", ["run.py", "test.py"])
def test_an_older_python_is_told_what_is_needed(name: str) -> None:
    source = (SCRIPTS / name).read_text(encoding="utf-8")
    ast.parse(source, feature_version=(3, 6))
    program = (
        f"import sys, runpy; sys.version_info = (3, 9, 2); runpy.run_path({str(SCRIPTS / name)!r}, run_name='__main__')"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr.startswith("SonoFuse needs Python 3.11 or newer")
    assert len(done.stderr.splitlines()) == 1


@pytest.mark.skipif(os.name == "nt", reason="a file's right to run is a POSIX thing")
def test_the_ci_runs_the_test_command_of_the_readme() -> None:
    run = ROOT / ".ci" / "run"
    assert os.access(run, os.X_OK)
    command = "python3 packaging/test.py"
    assert run.read_text(encoding="utf-8").splitlines()[-1] == f"exec {command}"
    assert command in Path(ROOT / "README.md").read_text(encoding="utf-8")
