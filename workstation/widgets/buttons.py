"""Buttons with words on them."""

from __future__ import annotations

from PySide6.QtWidgets import QPushButton

from workstation.theme import role


def push_button(words: str, look: str = "") -> QPushButton:
    """A button that Enter elsewhere in the window does not press; `look` is a role of the style sheet."""
    made = QPushButton(words)
    made.setAccessibleName(words)
    made.setAutoDefault(False)
    if look:
        role(made, look)
    return made
