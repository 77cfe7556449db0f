"""The place where a case is read: list, viewers, model's answer, form. Composition and wiring, nothing else."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QMenu, QSplitter, QVBoxLayout, QWidget

from engine.domain.case import UltrasoundImage
from engine.domain.errors import CaseError
from engine.domain.task import Task
from engine.jobs import DecodedFrame
from workstation.reading.assessment_form import AssessmentForm
from workstation.reading.case_list import CaseList
from workstation.reading.descriptor_form import DescriptorForm
from workstation.reading.desk import ReadingDesk
from workstation.reading.evidence import evidence_of
from workstation.reading.evidence_panel import EvidencePanel
from workstation.reading.session import choices_for
from workstation.theme import role
from workstation.viewing.pane import Pane
from workstation.viewing.picture_text import choice_text, missing_text, why
from workstation.viewing.view_controls import OPACITY_PERCENT, ViewControls
from workstation.viewing.window_level import PRESETS, WindowLevel
from workstation.widgets.vertical_scroll import VerticalScroll

LIST_WIDTH, FORM_WIDTH = 256, 384


class ReadingPage(QWidget):
    """Everything for one task."""

    def __init__(self, task: Task, desk: ReadingDesk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(f"Reading: {task.title}")
        self.task, self.desk = task, desk
        self.cases = CaseList()
        self.panes = {m.name: Pane(m.label) for m in task.image_modalities}
        self.controls = ViewControls()
        self.evidence = EvidencePanel(task)
        self.form = DescriptorForm(task)
        self.assessment = AssessmentForm()
        self._lay_out()
        self._follow_desk()
        self._follow_widgets()
        self._set_opacity(OPACITY_PERCENT / 100)

    def _lay_out(self) -> None:
        self._viewers = QHBoxLayout()
        self._viewers.setSpacing(8)
        for pane in self.panes.values():
            self._viewers.addWidget(pane, 1)
        middle = QWidget()
        middle.setAccessibleName("Images and score")
        column = QVBoxLayout(middle)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addLayout(self._viewers, 1)
        column.addWidget(self.controls)
        column.addWidget(self.evidence)
        self.split = QSplitter(Qt.Orientation.Horizontal)
        self.split.setAccessibleName("Reading")
        self.split.setHandleWidth(8)
        self.split.setChildrenCollapsible(False)
        for widget in (self.cases, middle, self._forms()):
            self.split.addWidget(widget)
        self.split.setStretchFactor(0, 0)
        self.split.setStretchFactor(1, 1)
        self.split.setStretchFactor(2, 0)
        self.split.setSizes([LIST_WIDTH, 900, FORM_WIDTH])
        self.cases.setMinimumWidth(184)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(8, 8, 8, 8)
        layout.addWidget(self.split)

    def _forms(self) -> QFrame:
        inside = QWidget()
        inside.setAccessibleName("Descriptors")
        role(inside, "scrolled")
        column = QVBoxLayout(inside)
        column.setContentsMargins(16, 8, 12, 8)
        column.addWidget(self.form)
        column.addStretch(1)
        scroll = VerticalScroll(inside)
        scroll.setAccessibleName("Descriptors, scrollable")
        panel = QFrame()
        panel.setAccessibleName("The reader's own findings")
        role(panel, "panel")
        panel.setMinimumWidth(328)
        layout = QVBoxLayout(panel)
        layout.setContentsMargins(0, 0, 0, 16)
        layout.setSpacing(8)
        if self.task.fields:
            layout.addWidget(scroll, 1)
        else:
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
        desk.feed.arrived.connect(self._show_frame)
        desk.feed.failed.connect(self._show_failure)

    def _follow_widgets(self) -> None:
        desk = self.desk
        self.cases.chosen.connect(desk.go_to)
        self.form.changed.connect(desk.set_descriptors)
        self.assessment.category_changed.connect(desk.set_category)
        self.assessment.comment_changed.connect(desk.set_comment)
        self.assessment.save.connect(lambda: desk.save())
        self.assessment.save_and_next.connect(desk.save_and_next)
        self.evidence.again.connect(desk.scoring.again)
        self.evidence.models_wanted.connect(desk.list_models)
        self.evidence.model_chosen.connect(desk.choose_model)
        desk.models_listed.connect(self.evidence.show_models)
        self.controls.evidence_toggled.connect(lambda _: self._show_evidence())
        self.controls.opacity_changed.connect(self._set_opacity)
        self.controls.window_chosen.connect(self.set_window)
        self.controls.reset.connect(self.reset_view)
        self.controls.whole.connect(self.show_whole)
        for modality, pane in self.panes.items():
            pane.frame_wanted.connect(lambda index, m=modality: self._want(m, index))
            pane.menu_opened.connect(lambda menu, m=modality: self._fill_menu(m, menu))
            pane.view.case_step.connect(desk.move)
            pane.view.window_changed.connect(self.controls.show_window)

    def set_window(self, window: WindowLevel) -> None:
        """The same window and level in every viewer."""
        for pane in self.panes.values():
            pane.view.set_window(window)
            pane.view.window_changed.emit(window)
        self.controls.show_window(window)

    def choose_preset(self, number: int) -> None:
        """Preset 1 to 4."""
        self.set_window(PRESETS[number - 1].window)

    def reset_view(self) -> None:
        self.set_window(WindowLevel())
        for pane in self.panes.values():
            pane.view.fit()

    def show_whole(self) -> None:
        for pane in self.panes.values():
            pane.view.fit_whole()

    def toggle_evidence(self) -> None:
        self.controls.evidence.toggle()

    def toggle_play(self) -> None:
        for pane in self.panes.values():
            pane.toggle_play()

    def step_frame(self, step: int) -> None:
        for pane in self.panes.values():
            pane.step_frame(step)

    def focus_images(self) -> None:
        next(iter(self.panes.values())).view.setFocus()

    def refresh_theme(self) -> None:
        for pane in self.panes.values():
            pane.refresh_theme()

    def _show_case(self) -> None:
        self.cases.select()
        self.form.forget_note()
        state = self.desk.current
        for modality, pane in self.panes.items():
            self.desk.feed.forget(modality)
            image = state.case.images.get(modality) if state is not None else None
            words = why(self.task, state.case, modality) if state is not None and image is not None else ""
            case = state.case if state is not None else None
            self._viewers.setStretchFactor(pane, 1 if image is not None else 0)  # room for what there is to see
            pane.show_image(image, words, missing_text(self.task, case, modality))
            if image is not None:
                self.desk.feed.want(modality, image.path, image.frame)
                self.desk.feed.fill(modality, image)
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
        first = next(iter(maps.values()), None)
        self.controls.show_scale(first.full_scale if first else None, first.towards if first else "")
        for modality, pane in self.panes.items():
            pane.show_evidence(maps.get(modality), wanted=self.controls.evidence.isChecked())

    def _show_frame(self, modality: str, frame: DecodedFrame) -> None:
        image = self._image(modality)
        if image is not None and image.path == frame.path:
            self.panes[modality].show_frame(frame.pixels, frame.index)

    def _show_failure(self, modality: str, error: CaseError) -> None:
        self.panes[modality].show_failure(error.sentence)

    def _want(self, modality: str, index: int) -> None:
        image = self._image(modality)
        if image is not None:
            self.desk.feed.want(modality, image.path, index)

    def _image(self, modality: str) -> UltrasoundImage | None:
        return self.desk.current.case.images.get(modality) if self.desk.current is not None else None

    def _set_opacity(self, opacity: float) -> None:
        for pane in self.panes.values():
            pane.view.set_evidence_opacity(opacity)

    def _fill_menu(self, modality: str, menu: QMenu) -> None:
        menu.clear()
        state = self.desk.current
        if state is None:
            return
        for image in choices_for(state.case, modality):
            action = menu.addAction(f"{choice_text(self.task, image)}  ({image.why})")
            action.triggered.connect(lambda _=False, i=image: self.desk.choose_image(modality, i))
        if not menu.actions():
            menu.addAction("This study has no other image").setEnabled(False)
        menu.addSeparator()
        if modality in state.case.images:
            menu.addAction("No image here").triggered.connect(lambda: self.desk.choose_image(modality, None))
        automatic = menu.addAction("Pair automatically")
        automatic.setEnabled(state.case != state.automatic)
        automatic.triggered.connect(self.desk.pair_automatically)
