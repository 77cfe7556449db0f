"""The looks of the window: one palette and one style sheet from one set of colours."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QFontDatabase, QGuiApplication, QPalette
from PySide6.QtWidgets import QApplication, QWidget

from workstation.colours import THEMES, Colours
from workstation.style_sheet import style_sheet

_current: list[Colours] = [THEMES["dark"]]


def colours() -> Colours:
    """The colours in use, for what is painted by hand."""
    return _current[0]


def apply_theme(app: QApplication, name: str) -> None:
    """Give the whole application the theme "dark" or "light"."""
    chosen = THEMES[name]
    _current[0] = chosen
    app.setStyle("Fusion")
    font = QFontDatabase.systemFont(QFontDatabase.SystemFont.GeneralFont)
    if font.pointSizeF() < 10.0:
        font.setPointSizeF(10.0)
    app.setFont(font)
    app.setPalette(_palette(chosen))
    app.setStyleSheet(style_sheet(chosen))


def system_theme() -> str:
    """What the system prefers, dark where it does not say."""
    scheme = QGuiApplication.styleHints().colorScheme()
    return "light" if scheme is Qt.ColorScheme.Light else "dark"


def role(widget: QWidget, name: str) -> None:
    """Give a widget another look of the style sheet."""
    if widget.property("role") == name:
        return
    widget.setProperty("role", name)
    widget.style().unpolish(widget)
    widget.style().polish(widget)


def _palette(c: Colours) -> QPalette:
    palette = QPalette()
    roles = QPalette.ColorRole
    pairs = {
        roles.Window: c.window,
        roles.WindowText: c.text,
        roles.Base: c.raised,
        roles.AlternateBase: c.panel,
        roles.Text: c.text,
        roles.PlaceholderText: c.dim,
        roles.Button: c.raised,
        roles.ButtonText: c.text,
        roles.BrightText: c.failure,
        roles.Highlight: c.accent,
        roles.HighlightedText: c.on_accent,
        roles.ToolTipBase: c.raised,
        roles.ToolTipText: c.text,
        roles.Link: c.accent,
        roles.Light: c.hover,
        roles.Midlight: c.hover,
        roles.Mid: c.line,
        roles.Dark: c.line,
        roles.Shadow: c.line,
    }
    for each, colour in pairs.items():
        palette.setColor(each, QColor(colour))
    for each in (roles.WindowText, roles.Text, roles.ButtonText):
        palette.setColor(QPalette.ColorGroup.Disabled, each, QColor(c.edge))
    return palette
