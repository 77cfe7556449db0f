"""What is remembered between two starts."""

from __future__ import annotations

from pathlib import Path

import pytest

from workstation.preferences import FILE_NAME, Preferences


def test_values_are_there_at_the_next_start(home: Path) -> None:
    first = Preferences()
    first.set("link", False)
    first.set("split", [200, 900, 300])
    assert first.save()
    again = Preferences()
    assert again.path == home / FILE_NAME
    assert again.get("link", True) is False and again.get("split", [1]) == [200, 900, 300]
    again.set("link", None)
    again.save()
    assert Preferences().get("link", True) is True


@pytest.mark.parametrize("content", [b"", b"[1, 2]", b"\xff\xfe", b'{"link": "yes", "opacity": null}'])
def test_a_spoilt_file_counts_as_empty(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "preferences.json"
    file.write_bytes(content)
    preferences = Preferences(file)
    assert preferences.get("link", True) is True and preferences.get("opacity", 0.6) == 0.6


def test_a_file_that_cannot_be_written_stops_nothing(tmp_path: Path) -> None:
    (tmp_path / "blocked").write_text("a file where a folder should be")
    preferences = Preferences(tmp_path / "blocked" / "preferences.json")
    preferences.set("link", True)
    assert not preferences.save() and preferences.get("link") is True
