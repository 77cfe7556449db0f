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
    opened: list[str | None] = []
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("QT_QPA_PLATFORM", "offscreen")
    monkeypatch.setattr(workstation.app, "run_window", lambda folder: opened.append(folder) or 0)
    assert CliRunner().invoke(app, ["open", "study"]).exit_code == 0
    assert opened == [str(tmp_path / "study")]
