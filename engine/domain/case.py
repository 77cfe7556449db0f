"""A case: the images of one lesion, what is known of it, and why the images belong together."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType

from engine.domain.cine import CineTiming
from engine.domain.descriptors import Descriptors
from engine.domain.errors import ErrorKind


@dataclass(frozen=True)
class Box:
    """A rectangle in pixels of the stored frame: x0 <= x < x1, y0 <= y < y1."""

    x0: int
    y0: int
    x1: int
    y1: int

    def __post_init__(self) -> None:
        if self.x1 <= self.x0 or self.y1 <= self.y0:
            raise ValueError(f"empty box {self.x0, self.y0, self.x1, self.y1}")

    @property
    def width(self) -> int:
        return self.x1 - self.x0

    @property
    def height(self) -> int:
        return self.y1 - self.y0

    def clipped(self, columns: int, rows: int) -> Box | None:
        """The part inside a frame of this size, None when nothing is left."""
        x0, y0, x1, y1 = max(self.x0, 0), max(self.y0, 0), min(self.x1, columns), min(self.y1, rows)
        return Box(x0, y0, x1, y1) if x1 > x0 and y1 > y0 else None

    def overlap(self, other: Box) -> int:
        """Area of the intersection in pixels."""
        width = min(self.x1, other.x1) - max(self.x0, other.x0)
        height = min(self.y1, other.y1) - max(self.y0, other.y0)
        return max(width, 0) * max(height, 0)

    @property
    def area(self) -> int:
        return self.width * self.height


@dataclass(frozen=True, kw_only=True)
class Region:
    """One item of SequenceOfUltrasoundRegions (DICOM PS3.3 C.8.5.5).

    Attributes
    ----------
    data_type : RegionDataType: 1 tissue, 2 colour flow, 3 PW spectral Doppler, 0xE colour bar, ...
    spatial_format : RegionSpatialFormat: 1 2D, 2 M-mode, 3 spectral, ...
    delta_x_mm, delta_y_mm : absolute physical size of a pixel in mm; None where it is not a length.
    low_priority : RegionFlags bit 0: where regions overlap, the other one is on top.
    """

    box: Box
    data_type: int
    spatial_format: int
    delta_x_mm: float | None = None
    delta_y_mm: float | None = None
    low_priority: bool = False


@dataclass(frozen=True, kw_only=True)
class UltrasoundImage:
    """One picture: a frame of a file, cut to its ultrasound region.

    Attributes
    ----------
    path : file it is decoded from.
    modality : image modality name of the task ("bmode", "doppler", "swe") or "spectral" for one that is not scored.
    why : how the modality was told, in words.
    frame : index of the frame that is shown first and scored; n_frames: frames in the file.
    crop : ultrasound region that the model sees, None = whole frame.
    colour_box : colour-flow or elastography box where it is known.
    laterality : "left", "right" or "" when unknown.
    taken_at : acquisition time as seconds since midnight, None when unknown.
    timing : how fast the frames follow each other, None for a single frame.
    place : side with clock face, quadrant or lesion as the header names them, "" where it names less than that.
    plane : "radial", "antiradial", "transverse", "longitudinal" or "" when unknown.
    """

    path: str
    modality: str
    why: str
    rows: int
    columns: int
    frame: int = 0
    n_frames: int = 1
    crop: Box | None = None
    colour_box: Box | None = None
    regions: tuple[Region, ...] = ()
    sop_uid: str = ""
    laterality: str = ""
    taken_at: float | None = None
    timing: CineTiming | None = None
    place: str = ""
    plane: str = ""


@dataclass(frozen=True, kw_only=True)
class Case:
    """One lesion to be read: at most one image per modality, its descriptors and, where known, its class.

    Attributes
    ----------
    case_id : stable over runs and machines, carries no patient data.
    patient_id : for grouping and the result table; never logged.
    images : modality name -> image; a modality that is absent is missing.
    others : further images of the same study that can be paired by hand.
    pairing : why these images belong together, in words.
    label : class name where pathology is known.
    simulated : True for phantom images.
    source : "dicom", "research" or "manifest": what the case was read from.
    facts : what else a research folder or manifest tells of the case, as text: "birads" (the first reader's category),
        "device", "fold", "side", "histology", "pathology", "age", "pixel_size_mm"...
    """

    case_id: str
    task: str
    study_uid: str = ""
    patient_id: str = ""
    images: Mapping[str, UltrasoundImage] = field(default_factory=dict)
    others: tuple[UltrasoundImage, ...] = ()
    pairing: str = ""
    descriptors: Descriptors = field(default_factory=Descriptors)
    label: str | None = None
    simulated: bool = False
    source: str = "dicom"
    facts: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        object.__setattr__(self, "images", MappingProxyType(dict(self.images)))
        object.__setattr__(self, "facts", MappingProxyType(dict(self.facts)))

    def with_descriptors(self, descriptors: Descriptors) -> Case:
        return replace(self, descriptors=descriptors)

    def with_image(self, modality: str, image: UltrasoundImage | None, pairing: str) -> Case:
        """A copy with another image in one place; the one it replaces goes to `others`."""
        images = dict(self.images)
        others = [o for o in self.others if o != image]
        if modality in images:
            others.append(images.pop(modality))
        if image is not None:
            images[modality] = image
        return replace(self, images=images, others=tuple(others), pairing=pairing)


@dataclass(frozen=True, kw_only=True)
class Refusal:
    """A file that is not opened as part of a case, and why.

    Attributes
    ----------
    about : of a row in a table: what cannot be used, "descriptors", "label", "file" or "row"; "" of anything else.
    case_id, line : of a row in a table, as far as known; line 0 = unknown.
    """

    path: str
    kind: ErrorKind
    sentence: str
    about: str = ""
    case_id: str = ""
    line: int = 0


@dataclass(frozen=True, kw_only=True)
class StudyFolder:
    """What a folder holds: cases in a stable order, and everything that was refused."""

    path: str
    task: str
    cases: tuple[Case, ...]
    refusals: tuple[Refusal, ...] = ()
