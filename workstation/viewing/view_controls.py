"""The strip under the viewers: evidence map, link, tools, how the pictures are shown."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QFrame, QHBoxLayout, QMenu, QPushButton, QSlider, QWidget

from workstation.theme import role
from workstation.viewing.evidence_colours import colour_table
from workstation.viewing.pencil import Tool
from workstation.viewing.window_level import PRESETS, WindowLevel
from workstation.widgets.scales import ColourBar
from workstation.words import later, tr

OPACITY_PERCENT = 60
_TOOL_NAMES = {
    Tool.LOOK: later("Draw"),
    Tool.DISTANCE: later("Distance"),
    Tool.AREA: later("Ellipse area"),
    Tool.SIZE: later("Lesion size"),
    Tool.ROI_BOX: later("Region, box"),
    Tool.ROI_ELLIPSE: later("Region, ellipse"),
    Tool.ARROW: later("Arrow"),
    Tool.NOTE: later("Text"),
}


class ViewControls(QFrame):
    """Menus hold the commands of the same names, so that their keys are shown beside them.

    Signals
    -------
    evidence_toggled : (bool); opacity_changed : (0 to 1); window_chosen : (WindowLevel); linked : (bool).
    reset, whole : pressed.
    """

    evidence_toggled = Signal(bool)
    opacity_changed = Signal(float)
    window_chosen = Signal(object)
    linked = Signal(bool)
    reset = Signal()
    whole = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        role(self, "panel")
        self.setAccessibleName(tr("View controls"))
        self.evidence = _toggle(tr("Evidence map"), tr("Show where the model found evidence (H)"))
        self.evidence.toggled.connect(self.evidence_toggled)
        self.link = _toggle(tr("Linked"), tr("Zoom, pan, window and frames of both viewers go together (L)"))
        self.link.toggled.connect(self.linked)
        self.opacity = QSlider(Qt.Orientation.Horizontal)
        self.opacity.setRange(0, 100)
        self.opacity.setValue(OPACITY_PERCENT)
        self.opacity.setMinimumWidth(40)
        self.opacity.setMaximumWidth(104)
        self.opacity.setAccessibleName(tr("Opacity of the evidence map in percent"))
        self.opacity.setToolTip(tr("Opacity of the evidence map"))
        self.opacity.valueChanged.connect(lambda value: self.opacity_changed.emit(value / 100))
        self.colour_bar = ColourBar(colour_table())
        self.colour_bar.setToolTip(tr("Evidence in log-odds per unit of image area; the same colours for every image"))
        self.presets = _menu_button("", tr("Window and level; right-drag sets them by hand"))
        for preset in PRESETS:
            words = f"{tr(preset.name)}   ({preset.window})"
            action = self.presets.menu().addAction(words)
            action.triggered.connect(lambda _=False, w=preset.window: self.window_chosen.emit(w))
        self.draw = _menu_button(tr("Draw ▾"), tr("Measure, mark a region, write on the picture"))
        self.view = _menu_button(tr("View ▾"), tr("Flip, invert, magnify, fit"))
        self.reset_button = QPushButton(tr("Reset"))
        self.reset_button.setToolTip(tr("Fit the ultrasound region, stored grey values, not flipped (R)"))
        self.reset_button.clicked.connect(self.reset)
        self._lay_out()

    def _lay_out(self) -> None:
        self.reset_button.setAutoDefault(False)
        self.reset_button.setAccessibleName(tr("Reset view"))
        role(self.reset_button, "quiet")
        row = QHBoxLayout(self)
        row.setContentsMargins(8, 4, 8, 4)
        row.setSpacing(4)
        row.addWidget(self.evidence)
        row.addWidget(self.opacity)
        row.addSpacing(4)
        row.addWidget(self.colour_bar)
        row.addStretch(1)
        for button in (self.link, self.draw, self.presets, self.view, self.reset_button):
            row.addWidget(button)
        self.show_window(WindowLevel())

    def fill_menus(self, draw: Sequence[QAction | None], view: Sequence[QAction | None]) -> None:
        """The window's own actions, with their keys; None = a line."""
        for button, actions in ((self.draw, draw), (self.view, view)):
            for action in actions:
                if action is None:
                    button.menu().addSeparator()
                else:
                    button.menu().addAction(action)

    def show_scale(self, full_scale: float | None, towards: str) -> None:
        """Ends of the colour bar; None while there is no map."""
        self.colour_bar.setVisible(full_scale is not None)
        if full_scale is not None:
            end = tr("{full_scale:.2g} log-odds", full_scale=full_scale)
            self.colour_bar.show_ends("0", tr("{end} for “{towards}”", end=end, towards=towards), end)

    def show_window(self, window: WindowLevel) -> None:
        """Mark the preset that equals this window, none when it was set by hand."""
        name = next((tr(p.name) for p in PRESETS if p.window == window), tr("by hand"))
        self.presets.setText(tr("Window: {name} ▾", name=name))
        self.presets.setAccessibleName(tr("Window preset: {name}", name=name))

    def show_tool(self, tool: Tool, axis: str) -> None:
        """Which tool the left button has."""
        name = tr("Size: {axis} axis", axis=tr(axis)) if tool is Tool.SIZE else tr(_TOOL_NAMES[tool])
        self.draw.setText(f"{name} ▾")
        self.draw.setAccessibleName(tr("Drawing tool: {name}", name=name))
        self.draw.setProperty("active", tool is not Tool.LOOK)
        self.draw.style().unpolish(self.draw)
        self.draw.style().polish(self.draw)

    def show_link(self, on: bool) -> None:
        self.link.blockSignals(True)
        self.link.setChecked(on)
        self.link.blockSignals(False)


def _toggle(text: str, tip: str) -> QPushButton:
    button = QPushButton(text)
    button.setCheckable(True)
    button.setChecked(True)
    button.setToolTip(tip)
    button.setAutoDefault(False)
    button.setAccessibleName(text)
    role(button, "quiet")
    return button


def _menu_button(text: str, tip: str) -> QPushButton:
    button = QPushButton(text)
    button.setToolTip(tip)
    button.setAutoDefault(False)
    button.setAccessibleName(text.rstrip(" ▾") or tr("Window preset"))
    role(button, "quiet")
    menu = QMenu(button)
    menu.setAccessibleName(tip)
    menu.setToolTipsVisible(True)
    button.setMenu(menu)
    return button
