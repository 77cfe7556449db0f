"""Marks of the case on screen: changed by the reader, kept in the case database, brought back with the case."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import replace

from PySide6.QtCore import QObject, Signal

from engine.domain.annotation import Annotation, Arrow, Note
from engine.domain.calibration import Uncalibrated
from engine.domain.case import Box, Case
from engine.domain.errors import CaseError
from engine.domain.measure import LesionSize
from engine.domain.roi import Roi
from workstation.bridge import Bridge
from workstation.kept_writes import KeptWrites
from workstation.viewing.marks import Drawn, Marks, size_of
from workstation.viewing.shapes import Shape
from workstation.words import tr

MOST_KEPT = 200
"""Cases whose way back (undo) stays in memory."""


class MarksDesk(QObject):
    """Signals
    -------
    changed : the marks of the case on screen, or which one is chosen.
    rois_changed : (tuple of Roi, limited) by the reader; size_changed : by the reader.
    trouble : (str) they could not be stored, once until something drawn could be; it is tried again.
    """

    changed = Signal()
    rois_changed = Signal(object, bool)
    size_changed = Signal(object)
    trouble = Signal(str)

    def __init__(self, bridge: Bridge, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._bridge = bridge
        self._writes = KeptWrites(bridge, "marks", parent=self)
        self._writes.failed.connect(self._not_kept)
        self._case: Case | None = None
        self._drawn: OrderedDict[str, Drawn] = OrderedDict()
        self._here = Drawn()
        self.chosen: Shape | None = None

    @property
    def pending(self) -> frozenset[str]:
        """Cases of which something drawn is not known to be on the disk."""
        return self._writes.pending

    @property
    def why(self) -> str:
        """Why what was drawn last is not kept, "" when it is."""
        return self._writes.why

    def flush(self) -> None:
        """Store now what could not be stored before."""
        self._writes.retry()

    def give_up(self) -> None:
        """The person does not want what is not kept."""
        self._writes.clear()

    @property
    def marks(self) -> Marks:
        return self._here.marks

    @property
    def size(self) -> LesionSize | Uncalibrated | None:
        """The lesion's size by the calipers on screen."""
        return size_of(self.marks, self._case) if self._case is not None else None

    @property
    def size_mm(self) -> tuple[float, float, float | None] | None:
        """Horizontal, vertical and orthogonal axis; None while the size is not measured or not calibrated."""
        size = self.size
        return (size.horizontal_mm, size.vertical_mm, size.orthogonal_mm) if isinstance(size, LesionSize) else None

    def show(self, case: Case | None, rois: tuple[Roi, ...] = (), limited: bool = False) -> None:
        """Another case, or other images of it, are on screen; `rois` and `limited` are those of its draft."""
        self.flush()
        self._case, self.chosen = case, None
        if case is None:
            self._here = Drawn()
        elif case.case_id in self._drawn:
            self._here = self._drawn[case.case_id]
            self._here.marks = replace(self.marks, rois=rois, limited=limited)
        else:
            self._here = self._drawn[case.case_id] = Drawn(Marks(rois=rois, limited=limited))
            self._make_room(case.case_id)
            self._load(case.case_id, self._here)
        self.changed.emit()

    def forget(self) -> None:
        """Another folder is open."""
        self._drawn.clear()
        self.show(None)

    def choose(self, shape: Shape | None) -> None:
        if shape != self.chosen:
            self.chosen = shape
            self.changed.emit()

    def add(self, shape: Shape, within: Box | None = None) -> None:
        """Something new; `within` is the ultrasound region of the image it is on."""
        self._become(self.marks.with_shape(shape, within), chosen=shape)

    def change(self, before: Shape, after: Shape) -> None:
        self._become(self.marks.changed(before, after), chosen=after)

    def set_text(self, shape: Shape, text: str) -> None:
        """The text typed for a note or an arrow; a note without text goes."""
        if not isinstance(shape, Note | Arrow):
            return
        known = shape in self.marks.annotations
        if isinstance(shape, Note) and not text:
            self._become(self.marks.without(shape), chosen=None)
            return
        named = replace(shape, text=text)
        self._become(self.marks.changed(shape, named) if known else self.marks.with_shape(named), chosen=named)

    def remove(self, shape: Shape | None = None) -> None:
        """Remove a shape, the chosen one by default."""
        gone = shape if shape is not None else self.chosen
        if gone is not None:
            self._become(self.marks.without(gone), chosen=None)

    def toggle_key_image(self, uid: str, frame: int) -> None:
        self._become(self.marks.with_key_toggled(uid, frame), chosen=self.chosen)

    def set_limited(self, on: bool) -> None:
        """Limit the analysis to the regions of interest."""
        self._become(replace(self.marks, limited=on and bool(self.marks.rois)), chosen=self.chosen)

    def undo(self) -> None:
        self._after(self.marks, self._here.undo(), None)

    def redo(self) -> None:
        self._after(self.marks, self._here.redo(), None)

    def _become(self, marks: Marks, chosen: Shape | None) -> None:
        if self._case is None:
            return
        before = self.marks
        self._after(before, self._here.become(marks), chosen)

    def _after(self, before: Marks, is_other: bool, chosen: Shape | None) -> None:
        self.chosen = chosen
        if not is_other or self._case is None:
            self.changed.emit()
            return
        size_before = size_of(before, self._case)
        if before.annotations != self.marks.annotations:
            self._keep(self._case.case_id, self.marks.annotations)
        self.changed.emit()
        if (before.rois, before.limited) != (self.marks.rois, self.marks.limited):
            self.rois_changed.emit(self.marks.rois, self.marks.limited)
        if self.size != size_before:
            self.size_changed.emit(self.size)

    def _make_room(self, shown: str) -> None:
        """The longest unused go, as far as they are on the disk."""
        stored = [name for name in self._drawn if name not in self.pending and name != shown]
        for name in stored[: max(len(self._drawn) - MOST_KEPT, 0)]:
            del self._drawn[name]

    def _load(self, case_id: str, drawn: Drawn) -> None:
        def came(found: dict[str, tuple[Annotation, ...]]) -> None:
            stored = found.get(case_id, ())
            early = drawn.marks.annotations
            drawn.marks = replace(drawn.marks, annotations=(*stored, *early))
            if stored and early:
                self._keep(case_id, drawn.marks.annotations)  # drawn before these were here, and stored without them
            if drawn is self._here:
                self.changed.emit()

        self._bridge.record(
            lambda store: store.annotations([case_id]),
            key=("annotations", case_id),
            on_result=came,
            on_error=lambda error: None,  # a database that cannot be read was told with the folder
        )

    def _keep(self, case_id: str, annotations: tuple[Annotation, ...]) -> None:
        self._writes.put(case_id, lambda store: store.save_annotations(case_id, annotations))

    def _not_kept(self, error: CaseError) -> None:
        self.trouble.emit(tr("What you drew is not stored for now. {sentence}", sentence=error.sentence))
