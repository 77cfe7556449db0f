"""Preferences survive a restart, and a file with nonsense in it does not stop the program."""

from __future__ import annotations

import json
from pathlib import Path

from workstation.admin.choices import Choices, load_choices, save_choices
from workstation.admin.place import log_text
from workstation.preferences import Preferences


def test_choices_are_there_at_the_next_start(tmp_path: Path) -> None:
    path = tmp_path / "preferences.json"
    chosen = Choices(sealed=False, theme="light", device="cpu", backup_folder="/b")
    assert save_choices(Preferences(path), chosen)
    assert load_choices(Preferences(path)) == chosen


def test_sealing_is_on_until_it_is_switched_off_whatever_the_file_says(tmp_path: Path) -> None:
    path = tmp_path / "preferences.json"
    path.write_text(json.dumps({"choice.sealed": "no", "choice.theme": "pink", "choice.device": 3}))
    assert load_choices(Preferences(path)) == Choices()


def test_the_end_of_a_long_log_is_shown_from_a_whole_line(tmp_path: Path) -> None:
    path = tmp_path / "sonofuse.log"
    assert "empty" in log_text(path)
    path.write_text("".join(f"line {i}\n" for i in range(20_000)))
    text = log_text(path)
    assert text.startswith("line ") and text.endswith("line 19999\n") and len(text) <= 65_536
