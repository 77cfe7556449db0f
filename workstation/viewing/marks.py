"""What is drawn on one case: annotations and regions of interest, with a way back. No Qt."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from engine.domain.annotation import AXES, Annotation, Caliper, KeyImage, size_from
from engine.domain.calibration import Uncalibrated
from engine.domain.case import Box, Case, Region, UltrasoundImage
from engine.domain.measure import LesionSize
from engine.domain.roi import Roi, limited_to
from workstation.viewing.shapes import Shape

STEPS_BACK = 100


@dataclass(frozen=True, kw_only=True)
class Marks:
    """All that is drawn on a case.

    Attributes
    ----------
    rois : at most one region of interest per image.
    limited : analysis is limited to the regions of interest.
    """

    annotations: tuple[Annotation, ...] = ()
    rois: tuple[Roi, ...] = ()
    limited: bool = False

    def on(self, image: UltrasoundImage, frame: int) -> tuple[Shape, ...]:
        """Shapes on one frame; a region of interest is shown on every frame of its file."""
        uid = image_uid(image)
        drawn = (a for a in self.annotations if (a.sop_uid, a.frame) == (uid, frame) and not isinstance(a, KeyImage))
        regions = (r for r in self.rois if r.sop_uid == uid and _lies_in(r, image.crop))
        return (*drawn, *regions)

    def with_shape(self, shape: Shape, within: Box | None = None) -> Marks:
        """One more; a second region on an image, or a second caliper of an axis, takes the place of the first.

        Parameters
        ----------
        within : the ultrasound region of the image, where its file holds two images side by side.
        """
        if isinstance(shape, Roi):
            kept_rois = (r for r in self.rois if r.sop_uid != shape.sop_uid or not _lies_in(r, within))
            return replace(self, rois=(*kept_rois, shape))
        kept = self.annotations
        if isinstance(shape, Caliper) and shape.axis:
            kept = tuple(a for a in kept if not (isinstance(a, Caliper) and a.axis == shape.axis))
        return replace(self, annotations=(*kept, shape))

    def changed(self, before: Shape, after: Shape) -> Marks:
        if isinstance(after, Roi):
            return replace(self, rois=tuple(after if r == before else r for r in self.rois))
        return replace(self, annotations=tuple(after if a == before else a for a in self.annotations))

    def without(self, shape: Shape) -> Marks:
        if isinstance(shape, Roi):
            rois = tuple(r for r in self.rois if r != shape)
            return replace(self, rois=rois, limited=self.limited and bool(rois))
        return replace(self, annotations=tuple(a for a in self.annotations if a != shape))

    def key_image(self, uid: str, frame: int) -> KeyImage | None:
        found = (a for a in self.annotations if isinstance(a, KeyImage) and (a.sop_uid, a.frame) == (uid, frame))
        return next(found, None)

    def with_key_toggled(self, uid: str, frame: int) -> Marks:
        """The frame becomes a key image, or is one no longer."""
        known = self.key_image(uid, frame)
        if known is not None:
            return self.without(known)
        return replace(self, annotations=(*self.annotations, KeyImage(sop_uid=uid, frame=frame)))

    def next_axis(self) -> str:
        """The axis of the lesion that is to be measured next; the first one again when all are."""
        known = {a.axis for a in self.annotations if isinstance(a, Caliper)}
        return next((axis for axis in AXES if axis not in known), AXES[0])


class Drawn:
    """The marks of the case on screen, and how they were before."""

    def __init__(self, marks: Marks | None = None) -> None:
        self.marks = marks or Marks()
        self._before: list[Marks] = []
        self._undone: list[Marks] = []

    def become(self, marks: Marks) -> bool:
        """False where nothing changes."""
        if marks == self.marks:
            return False
        self._before = [*self._before[-STEPS_BACK:], self.marks]
        self._undone.clear()
        self.marks = marks
        return True

    def undo(self) -> bool:
        return self._step(self._before, self._undone)

    def redo(self) -> bool:
        return self._step(self._undone, self._before)

    def _step(self, source: list[Marks], target: list[Marks]) -> bool:
        if not source:
            return False
        target.append(self.marks)
        self.marks = source.pop()
        return True


def image_uid(image: UltrasoundImage) -> str:
    """What annotations know an image by: its SOPInstanceUID, or its file's name where it has none."""
    return image.sop_uid or image.path.replace("\\", "/").rsplit("/", 1)[-1]


def rois_by_modality(rois: Iterable[Roi], case: Case) -> dict[str, Roi]:
    """The regions that lie on the images that are paired now."""
    drawn = tuple(rois)
    found = {m: [r for r in drawn if r.sop_uid == image_uid(i) and _lies_in(r, i.crop)] for m, i in case.images.items()}
    return {m: those[-1] for m, those in found.items() if those}


def limited_case(case: Case, rois: Iterable[Roi]) -> Case:
    """The case as a model sees it when it looks at the regions of interest alone; images without one stay whole."""
    places = rois_by_modality(rois, case)
    images = {m: limited_to(i, places[m]) if m in places else i for m, i in case.images.items()}
    return replace(case, images=images)


def moved_cases(case: Case, rois: Iterable[Roi]) -> tuple[Case, ...]:
    """The case limited to its regions after all of them moved a few pixels, for each of eight ways."""
    drawn = tuple(rois_by_modality(rois, case).values())
    ways = zip(*(roi.neighbours() for roi in drawn), strict=True) if drawn else ()
    found = []
    for moved in ways:
        with contextlib.suppress(ValueError):  # moved out of the picture
            found.append(limited_case(case, moved))
    return tuple(found)


def _lies_in(roi: Roi, box: Box | None) -> bool:
    return box is None or roi.box.overlap(box) * 2 > roi.box.area


def images_of_case(case: Case) -> tuple[UltrasoundImage, ...]:
    return (*case.images.values(), *case.others)


def regions_by_uid(images: Iterable[UltrasoundImage]) -> dict[str, Sequence[Region]]:
    return {image_uid(image): image.regions for image in images}


def size_of(marks: Marks, case: Case) -> LesionSize | Uncalibrated | None:
    """The lesion's size by its calipers; None while it is not measured."""
    return size_from(marks.annotations, regions_by_uid(images_of_case(case)))
