"""Ultrasound pictures into DICOM files: US Image and US Multi-frame Image Storage (PS3.3 A.6, A.7).

The same arguments give the same bytes: nothing is taken from the clock, the host or a random source.
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.encaps import encapsulate
from pydicom.filewriter import dcmwrite
from pydicom.uid import UID

from engine.domain.case import Region
from engine.domain.errors import CaseError, ErrorKind
from engine.domain.files import write_atomically

US_IMAGE, US_MULTIFRAME = "1.2.840.10008.5.1.4.1.1.6.1", "1.2.840.10008.5.1.4.1.1.3.1"
IMPLICIT_LE, EXPLICIT_LE, DEFLATED = "1.2.840.10008.1.2", "1.2.840.10008.1.2.1", "1.2.840.10008.1.2.1.99"
RLE, JPEG_BASELINE = "1.2.840.10008.1.2.5", "1.2.840.10008.1.2.4.50"
JPEG_LS, JPEG_2000 = "1.2.840.10008.1.2.4.80", "1.2.840.10008.1.2.4.90"
SYNTAXES = (IMPLICIT_LE, EXPLICIT_LE, DEFLATED, RLE, JPEG_BASELINE, JPEG_LS, JPEG_2000)
"""Transfer syntaxes that can be written; only JPEG baseline loses anything."""

_ENCODERS = {RLE: "pydicom", JPEG_LS: "pyjpegls", JPEG_2000: "pylibjpeg"}
JPEG_QUALITY = 92
_IMPLEMENTATION = "2.25.264310093118612303894726319186318311927"
_CENTIMETRES, _NO_UNITS = 3, 0


@dataclass(frozen=True, kw_only=True)
class UltrasoundHeader:
    """What a file says besides its pixels.

    Attributes
    ----------
    laterality : "L", "R" or "".
    place : view text such as "left breast 10 o'clock"; written as ImageComments.
    date : YYYYMMDD; seconds: time of the acquisition since midnight.
    frame_time_ms : between two frames of a multi-frame file.
    colour : True when the picture has a colour overlay.
    simulated : writes SIMULATED into ImageType (value 4) and names patient and device accordingly.
    """

    sop_uid: str
    study_uid: str
    series_uid: str
    patient_id: str
    regions: tuple[Region, ...] = ()
    laterality: str = ""
    place: str = ""
    series_description: str = ""
    body_part: str = ""
    instance: int = 1
    date: str = ""
    seconds: int = 0
    frame_time_ms: float = 50.0
    colour: bool = False
    simulated: bool = True


def write_ultrasound(
    path: Path, frames: npt.NDArray[np.uint8], header: UltrasoundHeader, *, transfer_syntax: str = EXPLICIT_LE
) -> None:
    """Write one ultrasound file.

    Parameters
    ----------
    frames : (F, H, W, 1) grey or (F, H, W, 3) RGB, uint8; more than one frame makes a multi-frame object.
    transfer_syntax : one of `SYNTAXES`. JPEG baseline is stored as YBR_FULL_422 and marked as lossy.

    Raises
    ------
    CaseError
        STORAGE when the file cannot be written, UNSUPPORTED for another transfer syntax.
    """
    write_atomically(path, ultrasound_bytes(frames, header, transfer_syntax=transfer_syntax))


def ultrasound_bytes(
    frames: npt.NDArray[np.uint8], header: UltrasoundHeader, *, transfer_syntax: str = EXPLICIT_LE
) -> bytes:
    """The file that `write_ultrasound` writes."""
    if transfer_syntax not in SYNTAXES:
        raise CaseError(ErrorKind.UNSUPPORTED, f"Ultrasound cannot be written with transfer syntax {transfer_syntax}.")
    if frames.dtype != np.uint8 or frames.ndim != 4 or frames.shape[3] not in (1, 3):
        raise ValueError(f"frames must be (F, H, W, 1 or 3) uint8, not {frames.shape} {frames.dtype}")
    dataset = _identity(header, multiframe=len(frames) > 1)
    _pixel_module(dataset, frames)
    dataset.SequenceOfUltrasoundRegions = [_region_item(r) for r in header.regions]
    _store_pixels(dataset, np.ascontiguousarray(frames), transfer_syntax)
    return _file_bytes(dataset, transfer_syntax)


def _identity(header: UltrasoundHeader, *, multiframe: bool) -> Dataset:
    dataset = Dataset()
    dataset.SpecificCharacterSet = "ISO_IR 192"
    dataset.ImageType = ["ORIGINAL", "PRIMARY", "", "SIMULATED"] if header.simulated else ["ORIGINAL", "PRIMARY"]
    dataset.SOPClassUID = US_MULTIFRAME if multiframe else US_IMAGE
    dataset.SOPInstanceUID = header.sop_uid
    dataset.StudyInstanceUID = header.study_uid
    dataset.SeriesInstanceUID = header.series_uid
    dataset.Modality = "US"
    dataset.Manufacturer = "SonoFuse"
    dataset.ManufacturerModelName = "SonoFuse phantom" if header.simulated else ""
    dataset.PatientName = "Phantom^Simulated" if header.simulated else ""
    dataset.PatientID = header.patient_id
    dataset.PatientBirthDate = ""
    dataset.PatientSex = ""
    dataset.AccessionNumber = ""
    dataset.ReferringPhysicianName = ""
    dataset.StudyID = ""
    time = f"{header.seconds // 3600:02d}{header.seconds // 60 % 60:02d}{header.seconds % 60:02d}"
    dataset.StudyDate = dataset.AcquisitionDate = dataset.ContentDate = header.date
    dataset.StudyTime = dataset.AcquisitionTime = dataset.ContentTime = time if header.date else ""
    dataset.SeriesNumber = 1
    dataset.InstanceNumber = header.instance
    dataset.SeriesDescription = header.series_description
    dataset.BodyPartExamined = header.body_part
    dataset.ImageLaterality = header.laterality
    dataset.ImageComments = header.place
    dataset.PatientOrientation = ""
    dataset.UltrasoundColorDataPresent = int(header.colour)
    dataset.LossyImageCompression = "00"
    if multiframe:
        dataset.FrameTime = header.frame_time_ms
        dataset.FrameIncrementPointer = 0x00181063  # FrameTime
    return dataset


def _pixel_module(dataset: Dataset, frames: npt.NDArray[np.uint8]) -> None:
    count, rows, columns, samples = frames.shape
    dataset.SamplesPerPixel = samples
    dataset.PhotometricInterpretation = "RGB" if samples == 3 else "MONOCHROME2"
    if samples == 3:
        dataset.PlanarConfiguration = 0
    if count > 1:
        dataset.NumberOfFrames = count
    dataset.Rows, dataset.Columns = rows, columns
    dataset.BitsAllocated = dataset.BitsStored = 8
    dataset.HighBit, dataset.PixelRepresentation = 7, 0


def _region_item(region: Region) -> Dataset:
    """One item of SequenceOfUltrasoundRegions (PS3.3 C.8.5.5): corners inclusive, deltas in cm."""
    item = Dataset()
    length = region.delta_x_mm is not None and region.delta_y_mm is not None
    item.RegionSpatialFormat = region.spatial_format
    item.RegionDataType = region.data_type
    item.RegionFlags = 0
    item.RegionLocationMinX0, item.RegionLocationMinY0 = region.box.x0, region.box.y0
    item.RegionLocationMaxX1, item.RegionLocationMaxY1 = region.box.x1 - 1, region.box.y1 - 1
    item.PhysicalUnitsXDirection = item.PhysicalUnitsYDirection = _CENTIMETRES if length else _NO_UNITS
    item.PhysicalDeltaX = (region.delta_x_mm or 0.0) / 10.0
    item.PhysicalDeltaY = (region.delta_y_mm or 0.0) / 10.0
    return item


def _store_pixels(dataset: Dataset, frames: npt.NDArray[np.uint8], transfer_syntax: str) -> None:
    raw = frames.tobytes()
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = UID(EXPLICIT_LE)
    if transfer_syntax in (IMPLICIT_LE, EXPLICIT_LE, DEFLATED):
        dataset.PixelData = raw + b"\0" * (len(raw) % 2)
        dataset["PixelData"].VR = "OB" if transfer_syntax != IMPLICIT_LE else "OW"
    elif transfer_syntax == JPEG_BASELINE:
        _store_jpeg(dataset, frames)
    else:
        dataset.PixelData = raw + b"\0" * (len(raw) % 2)
        dataset["PixelData"].VR = "OB"
        # The encoder is named: another one would give other bytes, and GDCM may abort the process.
        dataset.compress(UID(transfer_syntax), encoding_plugin=_ENCODERS[transfer_syntax], generate_instance_uid=False)


def _store_jpeg(dataset: Dataset, frames: npt.NDArray[np.uint8]) -> None:
    """Baseline JPEG, 4:2:2 for colour; the loss is declared as PS3.3 C.7.6.1.1.5 asks."""
    streams = []
    for frame in frames:
        buffer = io.BytesIO()
        image = Image.fromarray(frame[..., 0] if frame.shape[2] == 1 else frame)
        image.save(buffer, "JPEG", quality=JPEG_QUALITY, subsampling="4:2:2")
        data = buffer.getvalue()
        streams.append(data + b"\0" * (len(data) % 2))
    dataset.PixelData = encapsulate(streams)
    dataset["PixelData"].VR = "OB"
    dataset["PixelData"].is_undefined_length = True
    if frames.shape[3] == 3:
        dataset.PhotometricInterpretation = "YBR_FULL_422"
    dataset.LossyImageCompression = "01"
    dataset.LossyImageCompressionRatio = f"{frames.nbytes / sum(map(len, streams)):.2f}"
    dataset.LossyImageCompressionMethod = "ISO_10918_1"


def _file_bytes(dataset: Dataset, transfer_syntax: str) -> bytes:
    meta = dataset.file_meta
    meta.MediaStorageSOPClassUID = dataset.SOPClassUID
    meta.MediaStorageSOPInstanceUID = dataset.SOPInstanceUID
    meta.TransferSyntaxUID = UID(transfer_syntax)
    meta.ImplementationClassUID = UID(_IMPLEMENTATION)
    meta.ImplementationVersionName = "SONOFUSE"
    buffer = io.BytesIO()
    dcmwrite(buffer, dataset, enforce_file_format=True)
    return buffer.getvalue()
