"""`sonofuse open`: what reaches the window."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

import workstation.app
from workstation.__main__ import app


def test_a_folder_named_from_here_is_a_whole_path_in_the_window(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "study").mkdir()
    opened: list[tuple[str | None, str]] = []
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("QT_QPA_PLATFORM", "offscreen")
    monkeypatch.setattr(workstation.app, "run_window", lambda folder, *, task: opened.append((folder, task)) or 0)
    assert CliRunner().invoke(app, ["open", "study"]).exit_code == 0
    assert CliRunner().invoke(app, ["open", "study", "--task", "liver_fibrosis"]).exit_code == 0
    assert opened == [(str(tmp_path / "study"), "breast_lesion"), (str(tmp_path / "study"), "liver_fibrosis")]


def test_a_task_that_is_not_known_is_told_before_the_window(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QT_QPA_PLATFORM", "offscreen")
    monkeypatch.setattr(workstation.app, "run_window", lambda *_, **__: pytest.fail("the window was opened"))
    result = CliRunner().invoke(app, ["open", "--task", "spleen"])
    assert result.exit_code == 2
    assert "spleen" in result.output and "liver_fibrosis" in result.output
