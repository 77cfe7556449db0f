"""Everything that shows pictures, put together: viewers, the strip of controls, the row of other views and marks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import partial
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QMenu, QVBoxLayout, QWidget

from engine.domain.calibration import Uncalibrated
from engine.domain.case import Box, Case, UltrasoundImage
from engine.domain.errors import CaseError
from engine.domain.prediction import Heatmap
from engine.domain.roi import Roi
from engine.domain.task import Task
from engine.jobs import DecodedFrame
from workstation.command import Command
from workstation.viewing.flow_watch import FlowWatch
from workstation.viewing.frame_feed import FrameFeed
from workstation.viewing.linked_panes import LinkedPanes
from workstation.viewing.look import Memory, Remembered
from workstation.viewing.marks import image_uid, images_of_case, regions_by_uid
from workstation.viewing.marks_desk import MarksDesk
from workstation.viewing.pane import Pane
from workstation.viewing.pencil import Tool
from workstation.viewing.picture_keys import picture_keys
from workstation.viewing.picture_text import choice_text, missing_text, short_text, why
from workstation.viewing.shapes import Shape, words
from workstation.viewing.shelf import Shelf
from workstation.viewing.view_controls import OPACITY_PERCENT, ViewControls
from workstation.viewing.views_below import NOT_SCORED, ViewsBelow
from workstation.words import later, tr

ONLY_LOOKED_AT = later("Only looked at, not paired: {pair} pairs it here, {back} goes back")


class Viewers(QWidget):
    """Signals
    -------
    pair_wanted : (modality, UltrasoundImage) put this image in that place.
    case_step : (-1 or 1); menu_opened : (modality, QMenu) to be filled.
    evidence_toggled : the map is wanted, or no longer.
    picture_changed : (modality) another image is in this viewer, or it is gone; hint : (str) what to do first.
    """

    pair_wanted = Signal(str, object)
    case_step = Signal(int)
    menu_opened = Signal(str, object)
    evidence_toggled = Signal()
    picture_changed = Signal(str)
    hint = Signal(str)

    def __init__(self, task: Task, feed: FrameFeed, marks: MarksDesk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(tr("Images"))
        self.task, self.feed, self.marks = task, feed, marks
        self.panes = {m.name: Pane(m.label) for m in task.image_modalities}
        self.controls, self.shelf, self.memory = ViewControls(), Shelf(), Memory()
        self.below = ViewsBelow(task, feed, self.memory)
        self.linked = LinkedPanes(self.panes, self.below.panes)
        self.all_panes = (*self.panes.values(), *self.below.panes.values())
        self._case: Case | None = None
        self._tool = Tool.LOOK
        self._colour_box, self._loupe = True, False
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addWidget(self.linked, 2)
        column.addWidget(self.below, 1)
        column.addWidget(self.controls)
        column.addWidget(self.shelf)
        self._flows = [FlowWatch(feed, pane, marks, self) for pane in self.panes.values()]
        self._follow_panes()
        self._follow_rest()
        self.set_opacity(OPACITY_PERCENT / 100)

    def _follow_panes(self) -> None:
        for pane in self.all_panes:
            view = pane.view
            pane.frame_shown.connect(lambda _, p=pane: self._show_marks_on(p))
            pane.texted.connect(self._texted)
            view.case_step.connect(self.case_step)
            view.drawn.connect(lambda shape, p=pane: self._drawn(p, shape))
            view.changed.connect(self.marks.change)
            view.chosen.connect(self.marks.choose)
        for modality, pane in self.panes.items():
            view = pane.view
            pane.frame_wanted.connect(lambda index, m=modality: self._want(m, index))
            pane.menu_opened.connect(lambda menu, m=modality: self.menu_opened.emit(m, menu))
            pane.dropped.connect(lambda number, m=modality: self._pair(m, number))
            view.pair_wanted.connect(lambda m=modality: self._pair_shown(m))
            view.back_wanted.connect(lambda m=modality: self._go_back(m))
        for modality, pane in self.below.panes.items():
            pane.view.pair_wanted.connect(lambda m=modality: self._pair_below(m))

    def _follow_rest(self) -> None:
        self.feed.arrived.connect(self._show_frame)
        self.feed.failed.connect(self._show_failure)
        self.marks.changed.connect(self.show_marks)
        self.linked.window_shown.connect(self.controls.show_window)
        self.controls.evidence_toggled.connect(lambda _: self.evidence_toggled.emit())
        self.controls.opacity_changed.connect(self.set_opacity)
        self.controls.window_chosen.connect(self.linked.set_window)
        self.controls.linked.connect(self.set_linked)
        self.controls.reset.connect(self.linked.reset)
        self.linked.splitterMoved.connect(lambda *_: self.below.setSizes(self.linked.sizes()))
        self.below.splitterMoved.connect(lambda *_: self.linked.setSizes(self.below.sizes()))
        self.below.changed.connect(lambda m: self._show_colour_box(self.below.panes[m]))
        self.shelf.views.clicked_on.connect(self.look_at)
        self.shelf.views.menu_wanted.connect(self._fill_view_menu)
        self.shelf.marks.chosen.connect(self.marks.choose)
        self.shelf.marks.opened.connect(self.go_to_mark)
        self.shelf.marks.removed.connect(self.marks.remove)

    def show_case(self, case: Case | None) -> None:
        """The pictures of a case; the marks are shown by the marks desk."""
        self._case = case
        for modality in self.panes:
            self._put(modality, case.images.get(modality) if case is not None else None)
        others = case.others if case is not None else ()
        self.shelf.views.show_views(
            [(short_text(self.task, i), f"{choice_text(self.task, i)}: {i.why}") for i in others]
        )
        self._show_below()

    def show_evidence(self, maps: Mapping[str, Heatmap], within: Mapping[str, Box | None]) -> None:
        """The maps of the case on screen; `within` is what the model saw of each image."""
        first = next(iter(maps.values()), None)
        self.controls.show_scale(first.full_scale if first else None, first.towards if first else "")
        for modality, pane in self.panes.items():
            heatmap = maps.get(modality) if self._is_paired(modality) else None
            pane.show_evidence(heatmap, wanted=self.controls.evidence.isChecked(), within=within.get(modality))

    def look_at(self, number: int, modality: str | None = None) -> None:
        """Show another view without pairing it: in the viewer of its own kind, else in the active one."""
        if self._case is None or not 0 <= number < len(self._case.others):
            return
        image = self._case.others[number]
        place = modality or (image.modality if image.modality in self.panes else self.linked.active_name)
        self._put(place, image)
        self.evidence_toggled.emit()
        self.panes[place].view.setFocus()

    def toggle_below(self) -> None:
        """A second row of viewers for the second views, or all of them as thumbnails."""
        self.below.is_on = not self.below.is_on
        self._show_below()
        self.show_marks()
        if not self.below.is_on:
            self.hint.emit(tr("The study's other views are thumbnails now."))
        elif self.below.isHidden():
            self.hint.emit(tr("Views below: this case has no second view."))

    def set_keys(self, commands: Iterable[Command]) -> None:
        """What keys mean in a picture, from now on."""
        keys = picture_keys(commands)
        for pane in self.all_panes:
            pane.view.keys = keys
        self.show_marks()

    def set_linked(self, on: bool) -> None:
        self.linked.set_linked(on)
        self.controls.show_link(on)

    def toggle_link(self) -> None:
        self.set_linked(not self.linked.is_linked)

    def same_scale(self) -> None:
        self.hint.emit(self.linked.show_same_scale())

    def toggle_limited(self) -> None:
        """Analyse the regions of interest only, or the whole pictures again."""
        if not self.marks.marks.rois:
            self.hint.emit(tr("Draw a region of interest first (Draw menu), then limit the analysis to it."))
        self.marks.set_limited(not self.marks.marks.limited)

    def set_opacity(self, opacity: float) -> None:
        for pane in self.panes.values():
            pane.view.set_evidence_opacity(opacity)

    def set_tool(self, tool: Tool) -> None:
        """What the left button draws, or a key places; the same tool again puts it away."""
        self._tool = Tool.LOOK if tool is self._tool else tool
        self._show_tool()
        if self._tool is not Tool.LOOK:
            self.focus_active()

    def put_tool_away(self) -> None:
        """The left button pans again, and arrow keys are those of the picture."""
        self._tool = Tool.LOOK
        self.marks.choose(None)
        self._show_tool()

    def focus_active(self) -> None:
        """The keyboard goes to the viewer that had it last."""
        if not any(pane.view.hasFocus() for pane in self.all_panes):
            self.linked.active.view.setFocus()

    def choose_next_mark(self) -> None:
        """Of those on the active picture; after the last one comes the first one."""
        pane = self.linked.active
        there = self.marks.marks.on(pane.image, pane.index) if pane.image is not None else ()
        if not there:
            self.hint.emit(tr("Nothing is drawn on this image."))
            return
        place = there.index(self.marks.chosen) + 1 if self.marks.chosen in there else 0
        self.marks.choose(there[place % len(there)])
        self.focus_active()

    def toggle_loupe(self) -> None:
        self._loupe = not self._loupe
        for pane in self.all_panes:
            pane.view.set_loupe(self._loupe)

    def toggle_colour_box(self) -> None:
        self._colour_box = not self._colour_box
        for pane in self.all_panes:
            self._show_colour_box(pane)

    def toggle_key_image(self) -> None:
        pane = self.linked.active
        if pane.image is not None:
            self.marks.toggle_key_image(image_uid(pane.image), pane.index)

    def go_to_mark(self, shape: Shape) -> None:
        """Show the frame that a mark is on; its image in its viewer, or as a view that is only looked at."""
        for pane in self.all_panes:
            if pane.image is not None and image_uid(pane.image) == shape.sop_uid:
                pane.go_to_frame(min(shape.frame, pane.n_frames - 1))
                self.marks.choose(shape)
                pane.view.setFocus()
                return
        others = self._case.others if self._case is not None else ()
        number = next((n for n, image in enumerate(others) if image_uid(image) == shape.sop_uid), None)
        if number is not None:
            self.look_at(number)

    def layout_left(self) -> dict[str, Any]:
        """What is remembered over restarts."""
        return {
            "linked": self.linked.is_linked,
            "opacity": self.controls.opacity.value(),
            "colour_box": self._colour_box,
            "viewers": self.linked.sizes(),
            "below": self.below.is_on,
        }

    def restore_layout(self, left: Mapping[str, Any]) -> None:
        """As it was left; what is missing or spoilt stays as it is."""
        linked, opacity, sizes = left.get("linked"), left.get("opacity"), left.get("viewers")
        if isinstance(linked, bool):
            self.set_linked(linked)
        if isinstance(opacity, int):
            self.controls.opacity.setValue(opacity)
        if left.get("colour_box") is False:
            self.toggle_colour_box()
        if left.get("below") is False and self.below.is_on:
            self.toggle_below()
        if (
            isinstance(sizes, list)
            and len(sizes) == len(self.panes)
            and all(isinstance(s, int) and s > 0 for s in sizes)
        ):
            self.linked.setSizes(sizes)
            self.below.setSizes(sizes)

    def forget(self) -> None:
        """Another folder is open."""
        self.memory.clear()

    def show_marks(self) -> None:
        """Draw and list what is marked."""
        for pane in self.all_panes:
            self._show_marks_on(pane)
        self._show_tool()
        images = images_of_case(self._case) if self._case is not None else ()
        regions, places = regions_by_uid(images), {image_uid(i): i for i in images}
        rows = []
        for shape in (*self.marks.marks.annotations, *self.marks.marks.rois):
            image = places.get(shape.sop_uid)
            place = short_text(self.task, image) if image is not None else tr("image not in this folder")
            several = image is not None and image.n_frames > 1
            rows.append(
                (
                    shape,
                    words(shape, regions.get(shape.sop_uid, ())),
                    f"{place}, {shape.frame + 1}" if several else place,
                )
            )
        self.shelf.marks.show_marks(_size_words(self.marks.size), rows, self.marks.chosen)
        self.shelf.fit()

    def _put(self, modality: str, image: UltrasoundImage | None) -> None:
        pane = self.panes[modality]
        if pane.image is not None:
            left = Remembered(manner=pane.view.manner, look=pane.view.look_of_reader)
            self.memory.keep(pane.image, left)
        self.feed.forget(modality)
        case = self._case
        paired = case is not None and image is not None and case.images.get(modality) == image
        said = why(self.task, case, modality) if case is not None and paired else image.why if image is not None else ""
        remembered = self.memory.of(image) if image is not None else None
        note = "" if paired or image is None else self._only_looked_at(pane)
        pane.show_image(image, said, missing_text(self.task, case, modality), remembered, note)
        if image is not None:
            self._show_colour_box(pane)
            self.feed.want(modality, image.path, image.frame)
            self.feed.fill(modality, image)
        several = any(each.n_frames > 1 for each in self.panes.values())
        for each in self.panes.values():
            each.keep_frame_line(several)
        self.picture_changed.emit(modality)

    def _is_paired(self, modality: str) -> bool:
        image = self.panes[modality].image
        return self._case is not None and image is not None and self._case.images.get(modality) == image

    def _want(self, modality: str, index: int) -> None:
        image = self.panes[modality].image
        if image is not None:
            self.feed.want(modality, image.path, index)

    def _show_frame(self, modality: str, frame: DecodedFrame) -> None:
        pane = self.panes.get(modality)
        if pane is not None and pane.image is not None and pane.image.path == frame.path:
            pane.show_frame(frame.pixels, frame.index)

    def _show_failure(self, modality: str, error: CaseError) -> None:
        if modality in self.panes:
            self.panes[modality].show_failure(error.sentence)

    def _show_thumbnail(self, number: int, image: UltrasoundImage, frame: DecodedFrame) -> None:
        if self._case is not None and number < len(self._case.others) and self._case.others[number] == image:
            self.shelf.views.show_picture(number, frame.pixels, image.crop)

    def _show_colour_box(self, pane: Pane) -> None:
        pane.view.set_colour_box(pane.image.colour_box if self._colour_box and pane.image is not None else None)

    def _show_marks_on(self, pane: Pane) -> None:
        if pane.image is None:
            return
        marks = self.marks.marks
        pane.view.show_shapes(marks.on(pane.image, pane.index), self.marks.chosen)
        modality = next((m for m, p in self.panes.items() if p is pane), "")
        notes = (
            []
            if modality and self._is_paired(modality)
            else [self._only_looked_at(pane) if modality else tr(NOT_SCORED)]
        )
        if marks.key_image(image_uid(pane.image), pane.index) is not None:
            notes.append(tr("Key image"))
        if marks.limited and any(isinstance(s, Roi) for s in marks.on(pane.image, pane.index)):
            notes.append(tr("Analysed: the region and a quarter around it, as a square"))
        pane.set_note(" · ".join(notes))

    def _only_looked_at(self, pane: Pane) -> str:
        return tr(ONLY_LOOKED_AT, pair=pane.view.key_of("pair_here"), back=pane.view.key_of("go_back_here"))

    def _show_tool(self) -> None:
        axis = self.marks.marks.next_axis() if self._tool is Tool.SIZE else ""
        self.controls.show_tool(self._tool, axis)
        for pane in self.all_panes:
            pane.view.set_tool(self._tool, axis)

    def _drawn(self, pane: Pane, shape: Shape) -> None:
        if self._tool is not Tool.SIZE or self.marks.marks.next_axis() == "orthogonal":
            self._tool = Tool.LOOK  # a tool draws one thing; a size goes on until all axes are there
        self.marks.add(shape, pane.image.crop if pane.image is not None else None)

    def _texted(self, shape: Shape, text: str) -> None:
        self._tool = Tool.LOOK
        self.marks.set_text(shape, text)

    def _pair(self, modality: str, number: int) -> None:
        if self._case is not None and 0 <= number < len(self._case.others):
            self.pair_wanted.emit(modality, self._case.others[number])
            self.panes[modality].view.setFocus()  # the thumbnail that had it may be gone

    def _pair_shown(self, modality: str) -> None:
        image = self.panes[modality].image
        if image is not None and not self._is_paired(modality):
            self.pair_wanted.emit(modality, image)

    def _pair_below(self, modality: str) -> None:
        image = self.below.panes[modality].image
        if image is not None:
            self.below.panes[modality].view.fit()  # its zoom is that of a small viewer
            self.pair_wanted.emit(modality, image)

    def _show_below(self) -> None:
        numbers = self.below.show_case(self._case)
        for number, image in enumerate(self._case.others if self._case is not None else ()):
            if number not in numbers.values():
                self.feed.fetch(number, image, partial(self._show_thumbnail, number, image))
        self.shelf.views.hide_views(numbers.values())
        self.shelf.fit()
        if numbers:
            self.below.setSizes(self.linked.sizes())

    def _go_back(self, modality: str) -> None:
        if self._case is not None and not self._is_paired(modality):
            self._put(modality, self._case.images.get(modality))
            self.evidence_toggled.emit()
            self.show_marks()

    def _fill_view_menu(self, number: int, menu: QMenu) -> None:
        for modality, pane in self.panes.items():
            look = menu.addAction(tr("Look at it in the {title_text} viewer", title_text=pane.title_text))
            look.triggered.connect(lambda _=False, m=modality: self.look_at(number, m))
        menu.addSeparator()
        for modality, pane in self.panes.items():
            pair = menu.addAction(tr("Pair it as {title_text}", title_text=pane.title_text))
            pair.triggered.connect(lambda _=False, m=modality: self._pair(m, number))


def _size_words(size: Any) -> str:
    if size is None:
        return ""
    if isinstance(size, Uncalibrated):
        return tr("Lesion size: not calibrated ({reason})", reason=size.reason)
    return tr("Lesion size: {size}", size=size)
