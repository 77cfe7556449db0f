"""The place where a case is read: list, viewers, model's answer, form. Composition and wiring, nothing else."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QMenu, QSplitter, QVBoxLayout, QWidget

from engine.domain.case import Box
from engine.domain.task import Task
from workstation.reading.assessment_form import AssessmentForm
from workstation.reading.case_list import CaseList
from workstation.reading.descriptor_form import DescriptorForm
from workstation.reading.desk import ReadingDesk
from workstation.reading.evidence import evidence_of
from workstation.reading.evidence_panel import EvidencePanel
from workstation.reading.pairing_choice import choices_for
from workstation.reading.what_if_marks import WhatIfMarks
from workstation.theme import role
from workstation.viewing.picture_text import choice_text
from workstation.viewing.viewers import Viewers
from workstation.widgets.vertical_scroll import VerticalScroll
from workstation.words import tr

LIST_WIDTH, FORM_WIDTH = 256, 384
NARROW_SCREEN, NARROW_LIST, NARROW_FORM = 1440, 200, 336
"""Where there is little room, the pictures get it."""


class ReadingPage(QWidget):
    """Everything for one task."""

    def __init__(self, task: Task, desk: ReadingDesk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(tr("Reading: {title}", title=task.title))
        self.task, self.desk = task, desk
        self.cases = CaseList()
        self.viewers = Viewers(task, desk.feed, desk.marks)
        self.panes, self.controls = self.viewers.panes, self.viewers.controls
        self.evidence = EvidencePanel(task)
        self.form = DescriptorForm(task)
        self.assessment = AssessmentForm()
        self.what_if = WhatIfMarks(task, desk, self.evidence, self.form)
        self._lay_out()
        self._follow_desk()
        self._follow_widgets()

    def _lay_out(self) -> None:
        middle = QWidget()
        middle.setAccessibleName(tr("Images and score"))
        column = QVBoxLayout(middle)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addWidget(self.viewers, 1)
        column.addWidget(self.evidence)
        self.split = QSplitter(Qt.Orientation.Horizontal)
        self.split.setAccessibleName(tr("Reading"))
        self.split.setHandleWidth(8)
        self.split.setChildrenCollapsible(False)
        for widget in (self.cases, middle, self._forms()):
            self.split.addWidget(widget)
        self.split.setStretchFactor(0, 0)
        self.split.setStretchFactor(1, 1)
        self.split.setStretchFactor(2, 0)
        width = self.screen().availableSize().width()
        sides = (NARROW_LIST, NARROW_FORM) if width < NARROW_SCREEN else (LIST_WIDTH, FORM_WIDTH)
        self.split.setSizes([sides[0], width - sum(sides), sides[1]])
        self.cases.setMinimumWidth(168)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(8, 8, 8, 8)
        layout.addWidget(self.split)

    def _forms(self) -> QFrame:
        inside = QWidget()
        inside.setAccessibleName(tr("Descriptors"))
        role(inside, "scrolled")
        column = QVBoxLayout(inside)
        column.setContentsMargins(16, 8, 12, 8)
        column.addWidget(self.form)
        column.addStretch(1)
        scroll = VerticalScroll(inside)
        scroll.setAccessibleName(tr("Descriptors, scrollable"))
        panel = QFrame()
        panel.setAccessibleName(tr("The reader's own findings"))
        role(panel, "panel")
        panel.setMinimumWidth(312)
        layout = QVBoxLayout(panel)
        layout.setContentsMargins(0, 0, 0, 16)
        layout.setSpacing(8)
        layout.addWidget(scroll, 1)
        if not self.task.fields:
            scroll.hide()
            layout.addStretch(1)
        below = QVBoxLayout()
        below.setContentsMargins(16, 0, 16, 0)
        below.addWidget(self.assessment)
        layout.addLayout(below)
        return panel

    def _follow_desk(self) -> None:
        desk = self.desk
        desk.session_changed.connect(lambda: self.cases.show_session(desk.session))
        desk.case_changed.connect(self._show_case)
        desk.draft_changed.connect(self._show_draft)
        desk.row_changed.connect(self.cases.refresh)
        desk.session_rescored.connect(self.cases.refresh_all)
        desk.evidence_changed.connect(self._show_evidence)

    def _follow_widgets(self) -> None:
        desk = self.desk
        self.cases.chosen.connect(desk.go_to)
        self.cases.order_changed.connect(desk.set_order)
        desk.scoring.swept.connect(self.cases.arrange)
        self.cases.left.connect(self.focus_images)
        self.form.changed.connect(desk.set_descriptors)
        self.assessment.category_changed.connect(desk.set_category)
        self.assessment.comment_changed.connect(desk.set_comment)
        self.assessment.edited.connect(lambda changes: desk.edit(**changes))
        desk.incomplete.connect(self.assessment.show_incomplete)
        self.assessment.save.connect(lambda: desk.save())
        self.assessment.save_and_next.connect(desk.save_and_next)
        self.assessment.left.connect(self.focus_images)
        self.evidence.again.connect(desk.scoring.again)
        self.evidence.models_wanted.connect(desk.list_models)
        self.evidence.model_chosen.connect(desk.choose_model)
        desk.models_listed.connect(self.evidence.show_models)
        self.viewers.evidence_toggled.connect(self._show_evidence)
        self.viewers.menu_opened.connect(self._fill_menu)
        self.viewers.case_step.connect(desk.move)
        self.viewers.pair_wanted.connect(desk.choose_image)

    def toggle_evidence(self) -> None:
        self.controls.evidence.toggle()

    def focus_filter(self) -> None:
        self.cases.focus_filter()

    def toggle_what_if(self) -> None:
        if self.evidence.what_if.isVisible():
            self.evidence.what_if.toggle()

    def focus_images(self) -> None:
        self.viewers.put_tool_away()
        self.viewers.focus_active()

    def refresh_theme(self) -> None:
        for pane in self.viewers.all_panes:
            pane.refresh_theme()

    def _show_case(self) -> None:
        self.cases.select()
        self.form.forget_note()
        state = self.desk.current
        self.viewers.show_case(state.case if state is not None else None)
        draft = state.draft if state is not None else None
        self.desk.marks.show(
            state.case if state is not None else None,
            draft.rois if draft is not None else (),
            limited=draft is not None and draft.limited_to_rois,
        )
        self._show_draft()
        self._show_evidence()

    def _show_draft(self) -> None:
        state, session = self.desk.current, self.desk.session
        if state is None or session is None:
            return
        self.form.show_descriptors(state.draft.descriptors)
        self.assessment.show_draft(state.draft)
        is_last = session.following() is None
        self.assessment.show_state(state, is_last=is_last)

    def _show_evidence(self) -> None:
        state = self.desk.current
        self.evidence.show_evidence(evidence_of(self.task, state, model_ready=self.desk.scoring.model_ready))
        maps = state.prediction.heatmaps if state is not None and state.is_scored and state.prediction else {}
        seen: dict[str, Box | None] = {}
        if state is not None and state.scored is not None:
            seen = {modality: image.crop for modality, image in state.scored.images.items()}
        self.viewers.show_evidence(maps, seen)

    def _fill_menu(self, modality: str, menu: QMenu) -> None:
        menu.clear()
        state = self.desk.current
        if state is None:
            return
        for image in choices_for(state.case, modality):
            action = menu.addAction(f"{choice_text(self.task, image)}  ({image.why})")
            action.triggered.connect(lambda _=False, i=image: self.desk.choose_image(modality, i))
        if not menu.actions():
            menu.addAction(tr("This study has no other image")).setEnabled(False)
        menu.addSeparator()
        if modality in state.case.images:
            menu.addAction(tr("No image here")).triggered.connect(lambda: self.desk.choose_image(modality, None))
        automatic = menu.addAction(tr("Pair automatically"))
        automatic.setEnabled(state.case != state.automatic)
        automatic.triggered.connect(self.desk.pair_automatically)
