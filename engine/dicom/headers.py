"""Headers of ultrasound files: what the scan needs, without reading pixel data."""

from __future__ import annotations

import hashlib
import io
import os
import struct
import warnings
import zlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

from pydicom.filereader import read_dataset
from pydicom.tag import BaseTag, Tag
from pydicom.uid import UID

from engine.dicom.headers_quick import Irregular, QuickParser
from engine.dicom.headers_values import descriptive_text, integer_of, says_colour, seconds_of_day, text_of, values_of
from engine.dicom.limits import MAX_INFLATED_HEADER_BYTES, check_frame_count, check_frame_size
from engine.dicom.pairing_place import Place, parse_place
from engine.dicom.regions import REGION_TAGS, read_regions
from engine.dicom.timing import TIMING_TAGS, read_timing
from engine.domain.case import Region
from engine.domain.cine import CineTiming
from engine.domain.errors import CaseError, ErrorKind

ULTRASOUND_CLASSES = {
    "1.2.840.10008.5.1.4.1.1.6.1": "Ultrasound Image",
    "1.2.840.10008.5.1.4.1.1.3.1": "Ultrasound Multi-frame Image",
    "1.2.840.10008.5.1.4.1.1.6": "Ultrasound Image (retired)",
    "1.2.840.10008.5.1.4.1.1.3": "Ultrasound Multi-frame Image (retired)",
}
_DICOMDIR = "1.2.840.10008.1.3.10"
_IMPLICIT, _BIG_ENDIAN, _DEFLATED = "1.2.840.10008.1.2", "1.2.840.10008.1.2.2", "1.2.840.10008.1.2.1.99"
_UNCOMPRESSED = {_IMPLICIT, "1.2.840.10008.1.2.1", _BIG_ENDIAN}
_PIXELS = (0x7FE00008, 0x7FE00009, 0x7FE00010)

HEADER_KEYWORDS = [
    "SpecificCharacterSet", "ImageType", "SOPClassUID", "SOPInstanceUID", "StudyInstanceUID", "SeriesInstanceUID",
    "Modality", "PatientID", "Rows", "Columns", "NumberOfFrames", "SamplesPerPixel", "BitsAllocated",
    "PhotometricInterpretation", "ImageLaterality", "Laterality", "AcquisitionDateTime", "AcquisitionTime",
    "ContentTime", "SeriesDescription", "ProtocolName", "ImageComments", "ViewName", "ViewCodeSequence",
    "AcquisitionContextSequence", "AnatomicRegionSequence", "PrimaryAnatomicStructureSequence", "BodyPartExamined",
    "Manufacturer", "ManufacturerModelName", "InstanceNumber", "SequenceOfUltrasoundRegions",
    "UltrasoundColorDataPresent", *TIMING_TAGS,
]  # fmt: skip
_ITEM_TAGS = [
    "CodeMeaning", "TextValue", "ConceptCodeSequence", "ViewModifierCodeSequence", "AnatomicRegionModifierSequence",
    "PrimaryAnatomicStructureModifierSequence", *REGION_TAGS,
]  # fmt: skip
_QUICK = QuickParser(HEADER_KEYWORDS, _ITEM_TAGS)
_TAG_NUMBERS: list[BaseTag | int] = [Tag(name) for name in HEADER_KEYWORDS]


@dataclass(frozen=True, kw_only=True)
class UltrasoundFile:
    """One ultrasound file as its header describes it.

    Attributes
    ----------
    laterality : "left", "right" or "".
    place : side, clock face, distance, plane read from text and codes; no free text is kept.
    taken_at : acquisition time, seconds since midnight; None when unknown.
    regions : SequenceOfUltrasoundRegions, clipped to the frame.
    photometric : PhotometricInterpretation.
    says_colour : True or False when the header says that colour data are present or absent; None when it is silent.
    simulated : ImageType contains SIMULATED.
    device : manufacturer and model.
    timing : of a multi-frame file, None for a single frame.
    """

    path: str
    sop_uid: str
    sop_class: str
    study_uid: str
    series_uid: str
    patient_id: str
    rows: int
    columns: int
    n_frames: int = 1
    photometric: str = ""
    instance: int | None = None
    laterality: str = ""
    place: Place = field(default_factory=Place)
    taken_at: float | None = None
    regions: tuple[Region, ...] = ()
    says_colour: bool | None = None
    simulated: bool = False
    device: str = ""
    timing: CineTiming | None = None

    @property
    def middle_frame(self) -> int:
        """Index of the frame that is shown first and scored."""
        return self.n_frames // 2


def looks_like_dicom(head: bytes) -> bool:
    """True when the first 136 bytes could begin a DICOM file, with or without preamble (PS3.10 7.1)."""
    if head[128:132] == b"DICM":
        return True
    # Without preamble: group 0002 or 0008, then an explicit VR or the length of a short value.
    explicit = head[4:6].isalpha() and head[4:6].isupper()
    if len(head) < 8 or head[:2] not in (b"\x02\x00", b"\x08\x00"):
        return len(head) >= 8 and head[:3] == b"\x00\x08\x00" and explicit  # big endian
    return explicit or int.from_bytes(head[4:8], "little") < 256


def read_header(path: str | os.PathLike[str]) -> UltrasoundFile:
    """The header of one file; pixel data are neither read nor decoded.

    Raises
    ------
    CaseError
        UNREADABLE, NOT_ULTRASOUND (no DICOM, another modality, a DICOMDIR), NO_PIXELS, TOO_LARGE or CORRUPT.
    """
    name = os.path.basename(path)  # noqa: PTH119 - as below
    try:
        with open(path, "rb", buffering=0) as stream:  # noqa: PTH123 - a path object costs as much as the reading
            size = os.fstat(stream.fileno()).st_size
            try:
                return _quickly(stream, size, str(path), name)
            except (Irregular, CaseError):  # pydicom has the last word on what is damaged or refused
                stream.seek(0)
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # pydicom warns of sloppy values; they are checked below
                dataset, pixels = _read(io.BufferedReader(stream), size, name)
                return _described(dataset, pixels, str(path), name)
    except CaseError:
        raise
    except OSError as error:
        raise CaseError(
            ErrorKind.UNREADABLE,
            f"{name} cannot be opened ({error.strerror or 'read error'}). Check that you may read it.",
            str(error),
        ) from error
    except Exception as error:  # pydicom's parser raises many types on damaged headers
        raise _damaged(name, f"{type(error).__name__}: {error}") from error


def _damaged(name: str, detail: str = "") -> CaseError:
    return CaseError(ErrorKind.CORRUPT, f"{name} has a damaged DICOM header. Export it again from the scanner.", detail)


@dataclass
class _PixelElement:
    """Where the pixel data begin: `length` is None when compressed, `available` are the bytes to the file's end."""

    length: int | None
    available: int
    syntax: str


def _quickly(stream: io.FileIO, size: int, path: str, name: str) -> UltrasoundFile:
    dataset, length, start, syntax = _QUICK.read(stream, size)
    if dataset.get("SOPClassUID") not in ULTRASOUND_CLASSES:
        raise Irregular("no ultrasound image")
    return _described(dataset, _PixelElement(length, size - start, syntax), path, name)


def _read(stream: BinaryIO, size: int, name: str) -> tuple[Any, _PixelElement | None]:
    head = stream.read(136)
    if not head:
        raise CaseError(ErrorKind.CORRUPT, f"{name} is empty. Export it again from the scanner.")
    if not looks_like_dicom(head):
        raise CaseError(ErrorKind.NOT_ULTRASOUND, f"{name} is not a DICOM file.")
    stream.seek(132 if head[128:132] == b"DICM" else 0)
    syntax, is_index = _meta(stream)
    if is_index:
        raise CaseError(
            ErrorKind.NOT_ULTRASOUND, f"{name} is a DICOMDIR, an index without images; the images beside it are read."
        )
    body: BinaryIO = stream
    if syntax == _DEFLATED:
        body = io.BytesIO(zlib.decompressobj(-zlib.MAX_WBITS).decompress(stream.read(size), MAX_INFLATED_HEADER_BYTES))
    found: list[_PixelElement] = []

    def at_pixels(tag: Any, _vr: str | None, length: int) -> bool:
        if tag not in _PIXELS:
            return bool(tag > 0x7FE00010)
        encapsulated = length == 0xFFFFFFFF
        found.append(_PixelElement(None if encapsulated else length, size - body.tell(), syntax))
        return True

    implicit, little = _encoding(syntax, body)
    dataset = read_dataset(body, implicit, little, stop_when=at_pixels, specific_tags=_TAG_NUMBERS)
    if body is stream and stream.tell() > size:
        raise CaseError(ErrorKind.CORRUPT, f"{name} is cut off inside its header. Copy or export it again.")
    return dataset, found[0] if found else None


def _meta(stream: BinaryIO) -> tuple[str, bool]:
    """(transfer syntax, is a DICOMDIR) of the file meta information; leaves the stream where the data set begins."""
    start = stream.tell()
    group = stream.read(2)
    stream.seek(start)
    if group != b"\x02\x00":
        return "", False
    meta = read_dataset(stream, False, True, stop_when=lambda tag, _vr, _length: tag >> 16 != 2)
    return str(meta.get("TransferSyntaxUID", "")), str(meta.get("MediaStorageSOPClassUID", "")) == _DICOMDIR


def _encoding(syntax: str, body: BinaryIO) -> tuple[bool, bool]:
    """(implicit VR, little endian); where no transfer syntax is told, the first element shows it."""
    if syntax:
        return syntax == _IMPLICIT, syntax != _BIG_ENDIAN
    start = body.tell()
    first = body.read(6)
    body.seek(start)
    if len(first) < 6:
        return True, True
    (group,) = struct.unpack("<H", first[:2])
    explicit = first[4:6].isalpha() and first[4:6].isupper()
    return not explicit, not (explicit and group >= 1024)


def _described(dataset: Any, pixels: _PixelElement | None, path: str, name: str) -> UltrasoundFile:
    sop_class = str(dataset.get("SOPClassUID", "") or "")
    if sop_class not in ULTRASOUND_CLASSES:
        raise CaseError(ErrorKind.NOT_ULTRASOUND, f"{name} is not an ultrasound image ({_kind(dataset, sop_class)}).")
    if pixels is None:
        raise CaseError(
            ErrorKind.NO_PIXELS,
            f"{name} holds no image: it has no pixel data or was cut off before them. Copy or export it again.",
        )
    rows, columns = integer_of(dataset, "Rows", 0), integer_of(dataset, "Columns", 0)
    frames = max(1, integer_of(dataset, "NumberOfFrames", 1))
    check_frame_size(name, rows, columns)
    check_frame_count(name, frames)
    photometric = str(dataset.get("PhotometricInterpretation", "") or "")
    _check_length(name, dataset, pixels, rows * columns * frames, photometric)
    place = parse_place(
        descriptive_text(dataset), text_of(dataset, "ImageLaterality") or text_of(dataset, "Laterality")
    )
    return UltrasoundFile(
        path=path,
        sop_uid=text_of(dataset, "SOPInstanceUID") or _stand_in_uid(path),
        sop_class=sop_class,
        study_uid=text_of(dataset, "StudyInstanceUID"),
        series_uid=text_of(dataset, "SeriesInstanceUID"),
        patient_id=text_of(dataset, "PatientID"),
        rows=rows,
        columns=columns,
        n_frames=frames,
        photometric=photometric,
        instance=integer_of(dataset, "InstanceNumber", -1) if dataset.get("InstanceNumber") is not None else None,
        laterality=place.side,
        place=place,
        taken_at=seconds_of_day(dataset),
        regions=read_regions(dataset, columns, rows),
        says_colour=says_colour(dataset),
        simulated="SIMULATED" in values_of(dataset, "ImageType"),
        device=" ".join(t for t in (text_of(dataset, "Manufacturer"), text_of(dataset, "ManufacturerModelName")) if t),
        timing=read_timing(dataset, frames),
    )


def _kind(dataset: Any, sop_class: str) -> str:
    modality = text_of(dataset, "Modality")[:16]
    if sop_class:
        return UID(sop_class).name if UID(sop_class).is_valid else "an unknown kind of object"
    return f"modality {modality}" if modality else "it does not say what it is"


def _check_length(name: str, dataset: Any, pixels: _PixelElement, n_pixels: int, photometric: str) -> None:
    """Refuse a file whose pixel data end before they should; compressed data are judged when they are decoded."""
    cut = CaseError(ErrorKind.CORRUPT, f"{name} is cut off inside its image data. Copy or export it again.")
    if pixels.length is None:
        if pixels.available <= 8:
            raise cut
        return
    if pixels.syntax == _DEFLATED:
        return
    if pixels.length > pixels.available:
        raise cut
    if pixels.syntax in _UNCOMPRESSED or not pixels.syntax:
        bits = n_pixels * integer_of(dataset, "SamplesPerPixel", 1) * integer_of(dataset, "BitsAllocated", 8)
        needed = bits // 8 * 2 // 3 if photometric == "YBR_FULL_422" else bits // 8
        if pixels.length < needed:
            raise cut


def _stand_in_uid(path: str) -> str:
    """For a file without SOPInstanceUID: the digest of its content, which is as stable."""
    with Path(path).open("rb") as stream:
        return f"sha256-{hashlib.file_digest(stream, 'sha256').hexdigest()[:32]}"
