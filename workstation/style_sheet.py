"""The one style sheet. Distances are multiples of 8 pixels (4 inside small things)."""

from __future__ import annotations

from string import Template

from engine.domain.resources import resource
from workstation.colours import Colours

_SHEET = Template("""
QWidget { color: $text; }
QMainWindow, QDialog { background: $window; }
QToolTip { background: $raised; color: $text; border: 1px solid $edge; padding: 4px 8px; }

QMenuBar { background: $window; padding: 2px 8px; border-bottom: 1px solid $line; }
QMenuBar::item { padding: 5px 10px; border-radius: 4px; background: transparent; }
QMenuBar::item:selected { background: $hover; }
QMenu { background: $raised; border: 1px solid $edge; padding: 4px; }
QMenu::item { padding: 6px 24px 6px 24px; border-radius: 4px; }
QMenu::item:selected { background: $accent; color: $on_accent; }
QMenu::item:disabled { color: $dim; }
QMenu::separator { height: 1px; background: $line; margin: 4px 8px; }
QStatusBar { background: $window; border-top: 1px solid $line; }
QStatusBar::item { border: none; }

QTabWidget::pane { background: $window; border: 1px solid $line; border-radius: 6px; top: -1px; }
QTabBar::tab { background: transparent; color: $dim; padding: 6px 14px; border: none;
    border-bottom: 2px solid transparent; }
QTabBar::tab:hover { color: $text; }
QTabBar::tab:selected { color: $text; border-bottom: 2px solid $accent; }
QTabBar::tab:focus { color: $text; background: $hover; }
QFrame[role="panel"] { background: $panel; border: 1px solid $panel; border-radius: 8px; }
QFrame[role="active"] { background: $panel; border: 1px solid $accent; border-radius: 8px; }
QFrame[role="canvas"] { background: $canvas; border: none; }
QFrame[role="rule"] { background: $line; border: none; max-height: 1px; min-height: 1px; }
QScrollArea { background: transparent; border: none; }
QWidget[role="scrolled"] { background: transparent; }
QGraphicsView { background: $canvas; border: none; }

QLabel { background: transparent; }
QLabel[role="dim"] { color: $dim; }
QLabel[role="small"] { color: $dim; font-size: 12px; }
QLabel[role="title"] { font-weight: 600; font-size: 15px; }
QLabel[role="section"] { color: $dim; font-size: 12px; font-weight: 600; }
QLabel[role="figure"] { font-size: 36px; font-weight: 600; }
QLabel[role="caution"] { color: $caution; }
QLabel[role="note"] { color: $caution; font-size: 12px; }
QLabel[role="failure"] { color: $failure; }
QLabel[role="research"] { color: $caution; font-weight: 600; }
QLabel[role="mark"] { color: $caution; border: 1px solid $caution; border-radius: 4px; padding: 1px 6px;
    font-size: 12px; }
QLabel[role="message"] { color: $on_canvas; background: $canvas; font-size: 14px; }
QLabel[role="caption"] { color: $on_canvas; background: rgba(0, 0, 0, 200); border-radius: 4px; padding: 3px 8px;
    font-size: 12px; }
QLabel[role="welcome"] { font-size: 24px; font-weight: 600; }

QPushButton { background: $raised; border: 1px solid $edge; border-radius: 6px; padding: 6px 14px; }
QPushButton:hover { background: $hover; }
QPushButton:focus { border: 2px solid $accent; padding: 5px 13px; }
QPushButton:disabled { color: $edge; border-color: $line; }
QPushButton[role="main"] { background: $accent; color: $on_accent; border: 1px solid $accent; font-weight: 600; }
QPushButton[role="main"]:focus { border: 2px solid $text; }
QPushButton[role="main"]:disabled { background: $raised; color: $edge; border-color: $line; }
QPushButton[role="chip"] { background: $raised; border: 1px solid $line; border-radius: 6px; padding: 3px 8px;
    font-size: 12px; min-height: 18px; }
QPushButton[role="chip"]:hover { border-color: $edge; background: $hover; }
QPushButton[role="chip"]:checked { background: $accent_soft; border-color: $accent; }
QPushButton[role="chip"][strong="true"]:checked { background: $accent; color: $on_accent; border-color: $accent; }
QPushButton[role="chip"]:focus { border: 1px solid $text; }
QPushButton[role="quiet"] { background: transparent; border: 1px solid transparent; padding: 4px 8px; }
QPushButton[role="quiet"]:hover { background: $hover; }
QPushButton[role="quiet"]:checked { background: $accent_soft; border-color: $accent; }
QPushButton[role="quiet"]:focus { border: 1px solid $accent; }
QPushButton[role="quiet"]::menu-indicator { image: none; width: 0; }
QPushButton[role="choice"] { background: $raised; border: 1px solid $edge; border-radius: 6px; padding: 3px 8px;
    font-size: 12px; min-height: 18px; }
QPushButton[role="choice"]:focus { border: 1px solid $accent; }
QPushButton[role="choice"]::menu-indicator { image: none; width: 0; }
QPushButton[role="mistake"] { color: $caution; }
QPushButton[role="mistake"]:disabled { color: $edge; }
QPushButton[role="fold"] { background: transparent; border: 1px solid transparent; padding: 3px 2px; text-align: left;
    color: $text; }
QPushButton[role="fold"]:hover { background: $hover; }
QPushButton[role="fold"]:focus { border: 1px solid $accent; border-radius: 4px; }

QLineEdit, QPlainTextEdit { background: $raised; border: 1px solid $edge; border-radius: 6px; padding: 4px;
    selection-background-color: $accent; selection-color: $on_accent; placeholder-text-color: $dim; }
QLineEdit:focus, QPlainTextEdit:focus { border: 2px solid $accent; padding: 3px; }

QComboBox { background: $raised; border: 1px solid $edge; border-radius: 6px; padding: 4px 8px; min-height: 20px; }
QComboBox:focus, QComboBox:on { border: 2px solid $accent; padding: 3px 7px; }
QComboBox::drop-down { border: none; width: 24px; }
QComboBox::down-arrow { image: url("$down"); width: 12px; height: 12px; }
QComboBox:disabled, QLineEdit:disabled { color: $dim; border-color: $line; }
QCheckBox:disabled { color: $dim; }
QComboBox QAbstractItemView { background: $raised; border: 1px solid $edge; padding: 4px; outline: none;
    selection-background-color: $accent; selection-color: $on_accent; }
QCheckBox { spacing: 8px; padding: 4px; border: 1px solid transparent; border-radius: 4px; }
QCheckBox:focus { border-color: $accent; }
QCheckBox::indicator { width: 16px; height: 16px; border: 1px solid $edge; border-radius: 4px; background: $raised; }
QCheckBox::indicator:checked { background: $accent; border-color: $accent; image: url("$tick"); }
QCheckBox::indicator:disabled { border-color: $line; }
QCheckBox::indicator:checked:disabled { background: $edge; border-color: $edge; }

QListView { background: transparent; border: none; outline: none; }
QListWidget::item { padding: 6px 8px; border-radius: 6px; color: $text; }
QListWidget::item:hover { background: $hover; }
QListWidget::item:selected { background: $accent_soft; color: $text; }
QTableView { background: $raised; border: 1px solid $line; border-radius: 6px; gridline-color: $line; outline: none;
    selection-background-color: $accent_soft; selection-color: $text; }
QTableView::item { padding: 4px 8px; }
QHeaderView { background: $panel; }
QHeaderView::section { background: $panel; color: $dim; border: none; border-bottom: 1px solid $line;
    padding: 6px 8px; }
QTableCornerButton::section { background: $panel; border: none; }

QCheckBox { background: transparent; spacing: 8px; padding: 2px; }
QCheckBox:focus { color: $accent; }

QSlider::groove:horizontal { height: 4px; background: $line; border-radius: 2px; }
QSlider::sub-page:horizontal { background: $accent; border-radius: 2px; }
QSlider::handle:horizontal { width: 14px; height: 14px; margin: -5px 0; border-radius: 7px; background: $text; }
QSlider::handle:horizontal:focus { background: $accent; border: 2px solid $text; width: 10px; height: 10px; }
QSlider::sub-page:horizontal:disabled, QSlider::handle:horizontal:disabled { background: $edge; }
QProgressBar { background: $line; border: none; border-radius: 3px; max-height: 6px; }
QProgressBar::chunk { background: $accent; border-radius: 3px; }
QScrollBar:vertical { background: transparent; width: 10px; margin: 0; }
QScrollBar::handle:vertical { background: $edge; border-radius: 3px; min-height: 32px; margin: 2px; }
QScrollBar:horizontal { background: transparent; height: 10px; margin: 0; }
QScrollBar::handle:horizontal { background: $edge; border-radius: 3px; min-width: 32px; margin: 2px; }
QScrollBar::add-line, QScrollBar::sub-line { width: 0; height: 0; }
QScrollBar::add-page, QScrollBar::sub-page { background: transparent; }
QSplitter::handle { background: transparent; }
""")


def style_sheet(colours: Colours) -> str:
    """The style sheet in these colours."""
    drawings = {name: resource("icons", f"{name}-{colours.name}.svg").as_posix() for name in ("tick", "down")}
    return _SHEET.substitute(colours.by_role(), **drawings)
