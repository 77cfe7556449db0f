"""The strip under the viewers: evidence map, its colours, window presets, reset."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QMenu, QPushButton, QSlider, QWidget

from workstation.theme import role
from workstation.viewing.evidence_colours import colour_table
from workstation.viewing.window_level import PRESETS, WindowLevel
from workstation.widgets.scales import ColourBar

OPACITY_PERCENT = 60


class ViewControls(QFrame):
    """Signals
    -------
    evidence_toggled : (bool); opacity_changed : (0 to 1); window_chosen : (WindowLevel); reset, whole : pressed.
    """

    evidence_toggled = Signal(bool)
    opacity_changed = Signal(float)
    window_chosen = Signal(object)
    reset = Signal()
    whole = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        role(self, "panel")
        self.setAccessibleName("View controls")
        self.evidence = QPushButton("Evidence map")
        self.evidence.setCheckable(True)
        self.evidence.setChecked(True)
        self.evidence.setToolTip("Show where the model found evidence (H)")
        self.evidence.toggled.connect(self.evidence_toggled)
        self.opacity = QSlider(Qt.Orientation.Horizontal)
        self.opacity.setRange(0, 100)
        self.opacity.setValue(OPACITY_PERCENT)
        self.opacity.setMinimumWidth(48)
        self.opacity.setMaximumWidth(104)
        self.opacity.setAccessibleName("Opacity of the evidence map in percent")
        self.opacity.setToolTip("Opacity of the evidence map")
        self.opacity.valueChanged.connect(lambda value: self.opacity_changed.emit(value / 100))
        self.colour_bar = ColourBar(colour_table())
        self.colour_bar.setToolTip("Evidence in log-odds per unit of image area; the same colours for every image")
        self.presets = QPushButton()
        self.presets.setToolTip("Window and level of all images (Ctrl+1 to Ctrl+4); right-drag sets one image")
        menu = QMenu(self.presets)
        menu.setAccessibleName("Window presets")
        for preset in PRESETS:
            words = f"{preset.name}   ({preset.window})"
            menu.addAction(words).triggered.connect(lambda _=False, w=preset.window: self.window_chosen.emit(w))
        self.presets.setMenu(menu)
        self.reset_button = QPushButton("Reset view")
        self.reset_button.setToolTip("Fit the ultrasound region, stored grey values (R)")
        self.reset_button.clicked.connect(self.reset)
        self.whole_button = QPushButton("Whole frame")
        self.whole_button.setToolTip("Show everything around the ultrasound region too (F)")
        self.whole_button.clicked.connect(self.whole)
        self._lay_out()

    def _lay_out(self) -> None:
        for button in (self.evidence, self.presets, self.reset_button, self.whole_button):
            button.setAutoDefault(False)
            button.setAccessibleName(button.text() or "Window preset")
            role(button, "quiet")
        row = QHBoxLayout(self)
        row.setContentsMargins(8, 4, 8, 4)
        row.setSpacing(8)
        row.addWidget(self.evidence)
        row.addWidget(self.opacity)
        row.addSpacing(8)
        row.addWidget(self.colour_bar)
        row.addStretch(1)
        row.addWidget(self.presets)
        row.addWidget(self.whole_button)
        row.addWidget(self.reset_button)
        self.show_window(WindowLevel())

    def show_scale(self, full_scale: float | None, towards: str) -> None:
        """Ends of the colour bar; None while there is no map."""
        self.colour_bar.setVisible(full_scale is not None)
        if full_scale is not None:
            end = f"{full_scale:.2g} log-odds"
            self.colour_bar.show_ends("0", f"{end} for “{towards}”", end)

    def show_window(self, window: WindowLevel) -> None:
        """Mark the preset that equals this window, none when it was set by hand."""
        name = next((p.name for p in PRESETS if p.window == window), "by hand")
        self.presets.setText(f"Window: {name} ▾")
        self.presets.setAccessibleName(f"Window preset: {name}")
