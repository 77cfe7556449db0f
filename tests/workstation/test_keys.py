"""Keys of the person's own: kept, refused where taken, on the sheet and on paper."""

from __future__ import annotations

from PySide6.QtGui import QKeySequence
from pytestqt.qtbot import QtBot

from workstation.commands import COMMANDS, conflicts, own_keys, rebound, sheet, with_keys
from workstation.keys_dialog import KeyEditor, KeysDialog, sheet_html


def keys_of(own: dict[str, tuple[str, ...]], command: str) -> tuple[str, ...]:
    return next(c.keys for c in with_keys(own) if c.id == command)


def test_every_command_is_known_by_an_id_of_its_own() -> None:
    assert len({c.id for c in COMMANDS}) == len(COMMANDS)


def test_own_keys_replace_the_first_ones_and_the_first_ones_are_not_kept() -> None:
    own = rebound({}, "invert", ("Ctrl+I",))
    assert keys_of(own, "invert") == ("Ctrl+I",) and keys_of(own, "reset") == ("R",)
    assert rebound(own, "invert", ("I",)) == {}
    assert "Ctrl+I" in sheet_html(own) and any("Ctrl+I" in k for _, rows in sheet(own) for k, _ in rows)


def test_a_spoilt_table_of_keys_counts_as_none() -> None:
    assert own_keys({"invert": ["Ctrl+I"], "gone": ["X"], "reset": "R", "undo": [3]}) == {"invert": ("Ctrl+I",)}
    assert own_keys({"invert": ["R"]}) == {}  # R is taken
    assert own_keys("nonsense") == {} and own_keys(None) == {}
    assert list(conflicts(with_keys({"invert": ("R",)}))) == ["R"]


def test_a_taken_key_is_told_and_nothing_changes(qtbot: QtBot) -> None:
    editor = KeyEditor({})
    qtbot.addWidget(editor)
    heard: list[object] = []
    editor.changed.connect(heard.append)
    assert not editor.set_key("invert", "R")
    assert "taken by “Reset view”" in editor._said.text() and not heard
    assert editor.set_key("invert", "Ctrl+I") and heard == [{"invert": ("Ctrl+I",)}]
    row = [c.id for c in editor._commands].index("invert")
    assert editor._edits[row].keySequence() == QKeySequence("Ctrl+I")


def test_the_sheet_shows_changed_keys_at_once(qtbot: QtBot) -> None:
    dialog = KeysDialog({})
    qtbot.addWidget(dialog)
    with qtbot.waitSignal(dialog.changed):
        dialog._take({"invert": ("Ctrl+I",)})
    assert dialog.own == {"invert": ("Ctrl+I",)}
