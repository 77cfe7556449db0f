"""Asks for what every other descriptor would change, and shows it beside the terms, while the person wants it."""

from __future__ import annotations

from PySide6.QtCore import QObject

from engine.domain.task import Task
from workstation.reading.descriptor_form import DescriptorForm
from workstation.reading.desk import ReadingDesk
from workstation.reading.evidence_panel import EvidencePanel
from workstation.reading.evidence_words import positive_words
from workstation.words import tr


class WhatIfMarks(QObject):
    """Follows the desk; nothing is asked or shown while the AI of the case is sealed."""

    def __init__(self, task: Task, desk: ReadingDesk, panel: EvidencePanel, form: DescriptorForm) -> None:
        super().__init__(panel)
        self._task, self._desk, self._panel, self._form = task, desk, panel, form
        panel.what_if_toggled.connect(lambda _: self.refresh())
        desk.evidence_changed.connect(self.refresh)
        desk.case_changed.connect(self.refresh)
        desk.scoring.what_if_answered.connect(lambda _: self.refresh())

    def refresh(self) -> None:
        """Show the marks that hold now, and ask for those that are missing."""
        state = self._desk.current
        if state is None or not self._panel.what_if.isChecked() or state.prediction is None:
            self._form.show_what_if(None)
            return
        known = state.what_if if state.what_if is not None and state.what_if.case == state.to_score else None
        if known is not None and known.changed:
            if known.is_complete:
                words = tr("Change of {name} by a click, in percentage points", name=positive_words(self._task))
            else:
                words = tr("{n} of {all}: change by a click, in points …", n=len(known.changed), all=known.total)
            self._form.show_what_if(known, words)
        else:
            self._form.show_what_if(None, tr("Working out what each term would change …"))
        if known is not None and known.is_complete:
            return
        if state.is_scored:
            self._desk.scoring.ask_what_if()
