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


def test_keys_of_pictures_are_seen_where_they_would_clash() -> None:
    assert conflicts(COMMANDS) == {}
    assert [c.id for c in conflicts(with_keys({"invert": ("Ctrl+Left",)}))["Ctrl+Left"]] == ["invert", "pan:-1:0"]
    assert [c.id for c in conflicts(with_keys({"nudge:1:0": ("Ctrl+Q",)}))["Ctrl+Q"]] == ["close", "nudge:1:0"]
    assert conflicts(with_keys({"nudge:1:0": ("Space",)})) == {}  # a mark that is chosen goes before the picture
    assert list(conflicts(with_keys({"pan:1:0": ("Space",)}))) == ["Space"]


def test_a_key_of_a_picture_is_refused_where_the_window_has_it(qtbot: QtBot) -> None:
    editor = KeyEditor({})
    qtbot.addWidget(editor)
    assert not editor.set_key("zoom_step:1", "Z") and "taken by “Loupe”" in editor._said.text()
    assert editor.set_key("zoom_step:1", "Q") and editor.own == {"zoom_step:1": ("Q",)}


def test_every_command_can_be_given_a_key(qtbot: QtBot) -> None:
    editor = KeyEditor({})
    qtbot.addWidget(editor)
    heard: list[object] = []
    editor.changed.connect(heard.append)
    names = [c.id for c in editor._commands]
    assert names == [c.id for c in COMMANDS] and editor._table.rowCount() == len(COMMANDS)
    keyless = next(c.id for c in COMMANDS if not c.keys)
    editor._edits[names.index(keyless)].editingFinished.emit()
    assert not heard, "nothing was changed"
    editor._edits[names.index(keyless)].setKeySequence(QKeySequence("Ctrl+L"))
    editor._edits[names.index(keyless)].editingFinished.emit()
    assert heard == [{keyless: ("Ctrl+L",)}]


def test_commands_that_belong_together_share_a_line_with_the_keys_that_hold() -> None:
    lines = {what: keys for _, rows in sheet() for keys, what in rows}
    assert lines["Move the picture"] == "Drag" and lines["Resize what is chosen"] == "Shift+Arrow keys"
    assert lines["Previous or next frame"] == "Left or Right" and lines["Window presets"] == "Ctrl+1 to Ctrl+4"
    own = rebound({}, "resize_mark:1:0", ("Q",))
    lines = {what: keys for _, rows in sheet(own) for keys, what in rows}
    assert lines["Resize what is chosen"] == "Shift+Left or Q or Shift+Up or Shift+Down"
