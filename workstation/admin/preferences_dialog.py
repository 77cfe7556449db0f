"""The preferences page. Every change holds at once and is kept; there is nothing to confirm."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from PySide6.QtCore import QLocale, Signal
from PySide6.QtWidgets import QCheckBox, QFileDialog, QGridLayout, QHBoxLayout, QPushButton, QWidget

from workstation.admin.choices import DEVICES, THEMES, Choices
from workstation.dialogs import Sheet
from workstation.theme import role
from workstation.widgets.chip_row import ChipRow
from workstation.widgets.labels import ElidedLabel, label
from workstation.words import ENGLISH, installed, later, tr

_FOLDERS = {"studies_folder": later("Studies"), "backup_folder": later("Backups")}
_SEALED = later("Seal the first reading: the AI is shown after my own category is saved")
_AUTOSAVE = later("Keep what is being typed, also through a crash")


class PreferencesDialog(Sheet):
    """Signals
    -------
    changed : (Choices)
    """

    changed = Signal(object)

    def __init__(self, choices: Choices, parent: QWidget | None) -> None:
        super().__init__(tr("Preferences"), parent)
        self._choices = choices
        grid = QGridLayout()
        grid.setHorizontalSpacing(16)
        grid.setVerticalSpacing(12)
        grid.setColumnStretch(1, 1)
        self.sealed = self._check(tr(_SEALED), "sealed")
        self.autosave = self._check(tr(_AUTOSAVE), "autosave")
        self.theme = self._chips(tr("Theme"), THEMES, "theme")
        self.device = self._chips(tr("Device that scores"), DEVICES, "device")
        self.language = self._chips(tr("Language"), languages(), "language")
        rows: list[tuple[str, QWidget]] = [(tr("Reading"), self.sealed), ("", self.autosave)]
        rows += [(tr("Theme"), self.theme), (tr("Device"), self.device), (tr("Language"), self.language)]
        for number, (title, widget) in enumerate(rows):
            if title:
                grid.addWidget(label(title, "dim"), number, 0)
            grid.addWidget(widget, number, 1)
        self._paths: dict[str, ElidedLabel] = {}
        for number, (name, title) in enumerate(_FOLDERS.items(), start=len(rows)):
            grid.addWidget(label(tr(title), "dim"), number, 0)
            grid.addLayout(self._folder(name, tr(title)), number, 1)
        self.content.addLayout(grid)
        note = tr(
            "Whether a reading was sealed or open is stored with it. On a graphics card the last digits may differ."
        )
        self.content.addWidget(label(note, "small", wrap=True))
        self.content.addWidget(label(tr("Another language is spoken from the next start on."), "small", wrap=True))
        self.content.addStretch(1)
        self.setMinimumWidth(620)
        layout = self.layout()
        assert layout is not None
        self.resize(620, layout.totalHeightForWidth(620))  # lines that wrap ask for the room of a narrow window

    def _check(self, text: str, name: str) -> QCheckBox:
        box = QCheckBox(text)
        box.setAccessibleName(text)
        box.setChecked(getattr(self._choices, name))
        box.toggled.connect(lambda on: self._change(name, on))
        return box

    def _chips(self, title: str, terms: dict[str, str], name: str) -> ChipRow:
        row = ChipRow(title, [(key, tr(term)) for key, term in terms.items()])
        row.show_chosen([getattr(self._choices, name)])

        def chosen(key: str) -> None:
            row.show_chosen([key])
            self._change(name, key)

        row.clicked.connect(chosen)
        return row

    def _folder(self, name: str, title: str) -> QHBoxLayout:
        self._paths[name] = ElidedLabel("", "")
        self._paths[name].setAccessibleName(tr("{title} folder", title=title))
        choose, forget = QPushButton(tr("Choose …")), QPushButton(tr("Forget"))
        row = QHBoxLayout()
        row.addWidget(self._paths[name], 1)
        for button, what in ((choose, self._choose), (forget, self._forget)):
            button.setAccessibleName(f"{title}: {button.text().removesuffix(' …')}")
            button.setAutoDefault(False)
            role(button, "quiet")
            button.clicked.connect(lambda _=False, w=what: w(name))
            row.addWidget(button)
        self._tell_folder(name)
        return row

    def _choose(self, name: str) -> None:
        begin = getattr(self._choices, name)
        chosen = QFileDialog.getExistingDirectory(self, tr("Folder: {title}", title=tr(_FOLDERS[name])), begin)
        if chosen:
            self._change(name, chosen)
            self._tell_folder(name)

    def _forget(self, name: str) -> None:
        self._change(name, "")
        self._tell_folder(name)

    def _tell_folder(self, name: str) -> None:
        self._paths[name].setText(getattr(self._choices, name) or tr("where the system says"))

    def _change(self, name: str, value: Any) -> None:
        self._choices = replace(self._choices, **{name: value})
        self.changed.emit(self._choices)


def languages() -> dict[str, str]:
    """What can be chosen: each language by its own name."""
    own = {name: QLocale(name).nativeLanguageName() or name for name in installed()}
    return {"system": later("As the system"), ENGLISH: "English", **own}
