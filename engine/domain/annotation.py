"""What the reader puts on a frame: key image flags, notes, arrows and the calipers of measurements."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from engine.domain.calibration import Point, Uncalibrated
from engine.domain.case import Region
from engine.domain.measure import Ellipse, LesionSize, distance, lesion_size

MOST_LETTERS = 500
"""Of a text; a comment to the case takes more."""


@dataclass(frozen=True, kw_only=True)
class _OnFrame:
    """On one frame of one image, by the image's SOPInstanceUID."""

    sop_uid: str
    frame: int = 0

    def __post_init__(self) -> None:
        if not self.sop_uid or self.frame < 0:
            raise ValueError("an annotation belongs to a frame of an image")


@dataclass(frozen=True, kw_only=True)
class KeyImage(_OnFrame):
    """This frame is worth showing to others."""

    text: str = ""

    def __post_init__(self) -> None:
        super().__post_init__()
        _check_text(self.text)


@dataclass(frozen=True, kw_only=True)
class Note(_OnFrame):
    """A text at a place."""

    at: Point
    text: str

    def __post_init__(self) -> None:
        super().__post_init__()
        _check_text(self.text)
        if not self.text.strip():
            raise ValueError("a note without text")


@dataclass(frozen=True, kw_only=True)
class Arrow(_OnFrame):
    """An arrow from `tail` to `head`, with or without a text at its tail."""

    tail: Point
    head: Point
    text: str = ""

    def __post_init__(self) -> None:
        super().__post_init__()
        _check_text(self.text)
        if self.tail == self.head:
            raise ValueError("an arrow without length")


@dataclass(frozen=True, kw_only=True)
class Caliper(_OnFrame):
    """A distance. The length is not kept: it follows from the points and the file's calibration.

    Attributes
    ----------
    axis : "horizontal", "vertical" or "orthogonal" when it is one of the lesion's axes, else "".
    """

    a: Point
    b: Point
    axis: str = ""

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.a == self.b:
            raise ValueError("a distance between a point and itself")
        if self.axis not in ("", *AXES):
            raise ValueError(f"an axis is one of {', '.join(AXES)}")


AXES = ("horizontal", "vertical", "orthogonal")


@dataclass(frozen=True, kw_only=True)
class Outline(_OnFrame):
    """An ellipse whose area is measured."""

    ellipse: Ellipse


Annotation = KeyImage | Note | Arrow | Caliper | Outline


def size_from(
    annotations: Iterable[Annotation], regions: Mapping[str, Sequence[Region]]
) -> LesionSize | Uncalibrated | None:
    """The lesion's size by the calipers that carry its axes; of several on one axis the last counts.

    Parameters
    ----------
    regions : SOPInstanceUID -> regions of that image; an image that is not there is not calibrated.

    Returns
    -------
    None while the horizontal or the vertical axis has not been measured.
    """
    axes = {
        item.axis: distance(regions.get(item.sop_uid, ()), item.a, item.b)
        for item in annotations
        if isinstance(item, Caliper) and item.axis
    }
    if not {"horizontal", "vertical"} <= axes.keys():
        return None
    return lesion_size(axes["horizontal"], axes["vertical"], axes.get("orthogonal"))


def _check_text(text: str) -> None:
    if len(text) > MOST_LETTERS:
        raise ValueError(f"a text on a picture has at most {MOST_LETTERS} letters")
