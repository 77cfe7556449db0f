"""How verbs end."""

from __future__ import annotations

import os
import signal
import time

import pytest
import typer

from engine.cli.console import progress_bar, spoken_errors
from engine.domain.errors import CaseError, ErrorKind


@pytest.mark.parametrize(
    ("kind", "code"), [(ErrorKind.INVALID, 2), (ErrorKind.MODEL, 3), (ErrorKind.STORAGE, 3), (ErrorKind.UNREADABLE, 3)]
)
def test_an_error_is_its_sentence_and_a_code(kind: ErrorKind, code: int, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(typer.Exit) as caught, spoken_errors():
        raise CaseError(kind, "x.dcm is damaged; export it again.", "secret detail")
    assert caught.value.exit_code == code
    assert capsys.readouterr().err == "x.dcm is damaged; export it again.\n"


@pytest.mark.parametrize("kind", [signal.SIGINT, signal.SIGTERM])
def test_signals_cancel(kind: signal.Signals, capsys: pytest.CaptureFixture[str]) -> None:
    before = signal.getsignal(signal.SIGTERM)
    with pytest.raises(typer.Exit) as caught, spoken_errors():
        os.kill(os.getpid(), kind)
        time.sleep(5)
    assert caught.value.exit_code == 130
    assert "Cancelled" in capsys.readouterr().err
    assert signal.getsignal(signal.SIGTERM) is before


def test_a_terminal_hears_what_is_done_and_how_far_it_is(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, value in (("FORCE_COLOR", "1"), ("COLUMNS", "100"), ("TERM", "xterm")):
        monkeypatch.setenv(name, value)
    with progress_bar() as show:
        show(40, 40, "running breast-demo")
        show(3, 21, "drawing: Precision and recall")
    drawn = capsys.readouterr().err
    assert "drawing: Precision and recall" in drawn and "3/21" in drawn


def test_a_bug_is_not_hidden() -> None:
    with pytest.raises(ZeroDivisionError), spoken_errors():
        _ = 1 / 0
