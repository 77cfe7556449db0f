"""The menus: one action per command, with the keys that hold."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QMainWindow, QMenu

from workstation.command import Command, Place
from workstation.commands import COMMANDS, Keys, with_keys
from workstation.words import tr, trn

VIEW_MENU = (
    "show_one_to_one", "fit_whole", "same_scale", "flip_left_right", "flip_up_down", "invert", "toggle_loupe",
    "toggle_colour_box", "toggle_below",
)  # fmt: skip
"""Commands in the menu of the strip under the viewers."""


class Menus:
    """Fills a window's menu bar.

    Parameters
    ----------
    run : does what a command says.

    Attributes
    ----------
    actions : by the id of their command.
    """

    def __init__(self, window: QMainWindow, keys: Keys, run: Callable[[Command], None]) -> None:
        self.actions: dict[str, QAction] = {}
        menus: dict[str, QMenu] = {}
        for command in _of_the_window(keys):
            if command.menu not in menus:
                menus[command.menu] = window.menuBar().addMenu(f"&{tr(command.menu)}")
                menus[command.menu].setAccessibleName(tr(command.menu))
            action = QAction(command.said, window)
            action.setShortcuts([QKeySequence(k) for k in command.keys])
            action.triggered.connect(lambda _=False, c=command: run(c))
            (menus[command.menu] if command.shown else window).addAction(action)
            self.actions[command.id] = action
        window.menuBar().setAccessibleName(tr("Menus"))
        self.actions["show_refusals"].setEnabled(False)

    @property
    def draw(self) -> Sequence[QAction]:
        """Actions of the Draw menu, which stand under the viewers, too."""
        return [self.actions[c.id] for c in COMMANDS if c.menu == "Draw" and c.id in self.actions]

    @property
    def view(self) -> Sequence[QAction]:
        """Actions of the View menu that stand under the viewers, too."""
        return [self.actions[name] for name in VIEW_MENU]

    def set_keys(self, keys: Keys) -> None:
        """Other keys, from now on."""
        for command in _of_the_window(keys):
            self.actions[command.id].setShortcuts([QKeySequence(k) for k in command.keys])

    def show_refusals(self, n: int) -> None:
        """So many files were not opened."""
        action = self.actions["show_refusals"]
        action.setEnabled(n > 0)
        action.setText(
            trn("{n} file not opened …", "{n} files not opened …", n) if n else tr("Files that were not opened …")
        )


def _of_the_window(keys: Keys) -> list[Command]:
    """Those of pictures are told by the picture that has the keyboard."""
    return [command for command in with_keys(keys) if command.place is Place.WINDOW]
