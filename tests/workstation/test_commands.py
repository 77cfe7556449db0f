"""The table of commands and the cheat sheet."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

import pytest

from workstation.command import Place
from workstation.commands import COMMANDS, sheet
from workstation.main_window import MainWindow


@pytest.mark.parametrize("place", [Place.PICTURE, Place.MARK, Place.TOOL])
def test_no_key_has_two_meanings(place: Place) -> None:
    twice = [
        key
        for key, n in Counter(k for c in COMMANDS for k in c.keys if c.place in (Place.WINDOW, place)).items()
        if n > 1
    ]
    assert not twice


def test_every_command_with_a_key_is_on_the_sheet() -> None:
    text = " ".join(what for _, rows in sheet() for _, what in rows)
    assert not [c.text for c in COMMANDS if c.keys and (c.text if c.shown else c.family or "nowhere") not in text]
    assert "4A, 4B, 4C" in text


def test_every_command_is_somebodys(open_window: Callable[[], MainWindow]) -> None:
    window = open_window()
    assert all(callable(window._handler(command.name)) for command in COMMANDS)
    for command in COMMANDS:  # the two that are looked up only when they are asked for
        if command.name in ("save", "save_and_next"):
            assert callable(getattr(window.desk, command.name))
