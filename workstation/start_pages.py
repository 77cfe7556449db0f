"""What stands in the window before a folder is open, and while one is being opened."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QProgressBar, QPushButton, QVBoxLayout, QWidget

from workstation.icons import icon
from workstation.theme import role
from workstation.widgets.labels import ElidedLabel, label
from workstation.words import tr


class WelcomePage(QWidget):
    """Signals: open_folder, open_demo."""

    open_folder = Signal()
    open_demo = Signal()

    def __init__(self, *, has_demo: bool, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(tr("Welcome"))
        picture = QLabel()
        picture.setPixmap(icon("sonofuse").pixmap(64, 64))
        picture.setAccessibleName("SonoFuse")
        self.message = label("", "failure", name=tr("Why the folder was not opened"), wrap=True)
        self.message.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.message.setMinimumWidth(560)
        self.message.hide()
        open_button = QPushButton(tr("Open folder …"))
        open_button.setToolTip("Ctrl+O")
        open_button.clicked.connect(self.open_folder)
        role(open_button, "main")
        demo = QPushButton(tr("Open the demo study"))
        demo.clicked.connect(self.open_demo)
        demo.setVisible(has_demo)
        buttons = QHBoxLayout()
        buttons.setSpacing(8)
        buttons.addStretch(1)
        for button in (open_button, demo):
            button.setAccessibleName(button.text())
            buttons.addWidget(button)
        buttons.addStretch(1)
        layout = QVBoxLayout(self)
        layout.setSpacing(16)
        layout.addStretch(2)
        layout.addWidget(picture, 0, Qt.AlignmentFlag.AlignCenter)
        layout.addWidget(label(tr("Read a folder of ultrasound studies"), "welcome"), 0, Qt.AlignmentFlag.AlignCenter)
        hint = label(tr("DICOM files or a research folder with cases.csv; a folder can also be dropped here."), "dim")
        layout.addWidget(hint, 0, Qt.AlignmentFlag.AlignCenter)
        layout.addLayout(buttons)
        layout.addWidget(self.message, 0, Qt.AlignmentFlag.AlignCenter)
        layout.addStretch(3)

    def show_message(self, sentence: str) -> None:
        self.message.setText(sentence)
        self.message.setVisible(bool(sentence))


class OpeningPage(QWidget):
    """Signals: cancel."""

    cancel = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(tr("Opening a folder"))
        self._title = label("", "welcome", name=tr("Folder"))
        self._bar = QProgressBar()
        self._bar.setTextVisible(False)
        self._bar.setFixedWidth(480)
        self._bar.setAccessibleName(tr("Progress"))
        self._words = ElidedLabel("", "dim")
        self._words.setAccessibleName(tr("What is being done"))
        self._words.setFixedWidth(480)
        self._words.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        button = QPushButton(tr("Cancel"))
        button.setAccessibleName(tr("Cancel opening"))
        button.clicked.connect(self.cancel)
        layout = QVBoxLayout(self)
        layout.setSpacing(16)
        layout.addStretch(2)
        for widget in (self._title, self._bar, self._words, button):
            layout.addWidget(widget, 0, Qt.AlignmentFlag.AlignCenter)
        layout.addStretch(3)

    def begin(self, name: str) -> None:
        self._title.setText(tr("Opening {name}", name=name))
        self._bar.setRange(0, 0)
        self._words.setText(tr("Looking for files …"))

    def show_progress(self, step: int, total: int, phase: str) -> None:
        self._bar.setRange(0, max(total, 0))
        self._bar.setValue(step)
        count = tr("{step} of {total}", step=step, total=total) if total else f"{step}"
        self._words.setText(f"{phase}: {count}" if phase else count)
