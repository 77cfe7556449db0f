"""Small ultrasound files for tests, written with pydicom alone."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.sequence import Sequence
from pydicom.uid import ExplicitVRLittleEndian

from engine.dicom.headers import UltrasoundFile

US_IMAGE = "1.2.840.10008.5.1.4.1.1.6.1"
Pixels = npt.NDArray[np.uint8]


def speckle(rows: int, columns: int, seed: int = 0, level: int = 70) -> Pixels:
    """(rows, columns, 3) grey speckle that looks like tissue."""
    rng = np.random.default_rng(seed)
    noise = cv2.GaussianBlur(rng.normal(0, 1, (rows, columns)).astype(np.float32), (0, 0), 2.0)
    grey = np.clip(level + 25 * noise / noise.std(), 5, 220).astype(np.uint8)
    return np.repeat(grey[..., None], 3, axis=2)


def with_flow(picture: Pixels, centre: tuple[int, int], radius: int = 12, seed: int = 1) -> Pixels:
    """A copy with red and blue vessels around (row, column)."""
    rng = np.random.default_rng(seed)
    out = picture.copy()
    for number, colour in enumerate(((220, 40, 20), (30, 60, 230))):
        spot = np.zeros(out.shape[:2], np.uint8)
        cv2.ellipse(spot, (centre[1] + 2 * radius * number, centre[0]), (radius, radius // 2), 30, 0, 360, 1, -1)
        shade = rng.uniform(0.6, 1.0, (int(spot.sum()), 1))
        out[spot > 0] = (np.array(colour) * shade).astype(np.uint8)
    return out


def region(
    box: tuple[int, int, int, int], data_type: int, *, spatial_format: int = 1, delta_cm: float = 0.01
) -> Dataset:
    """One item of SequenceOfUltrasoundRegions; `box` is x0, y0, x1, y1 with x1 and y1 outside."""
    item = Dataset()
    item.RegionSpatialFormat, item.RegionDataType, item.RegionFlags = spatial_format, data_type, 0
    item.RegionLocationMinX0, item.RegionLocationMinY0 = box[0], box[1]
    item.RegionLocationMaxX1, item.RegionLocationMaxY1 = box[2] - 1, box[3] - 1
    item.PhysicalUnitsXDirection = item.PhysicalUnitsYDirection = 3
    item.PhysicalDeltaX, item.PhysicalDeltaY = delta_cm, abs(delta_cm)
    return item


def dataset(pixels: Pixels | None, *, sop: str = "1.2.3.1", study: str = "1.2.3", **elements: Any) -> Dataset:
    """An ultrasound image; `elements` are set by keyword, None deletes."""
    made = Dataset()
    made.file_meta = FileMetaDataset()
    made.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    made.SOPClassUID, made.SOPInstanceUID = US_IMAGE, sop
    made.StudyInstanceUID, made.SeriesInstanceUID, made.Modality = study, f"{study}.9", "US"
    if pixels is not None:
        made.Rows, made.Columns = pixels.shape[-3:-1]
        made.SamplesPerPixel, made.PhotometricInterpretation, made.PlanarConfiguration = 3, "RGB", 0
        made.BitsAllocated, made.BitsStored, made.HighBit, made.PixelRepresentation = 8, 8, 7, 0
        if pixels.ndim == 4:
            made.NumberOfFrames = len(pixels)
        made.PixelData = pixels.tobytes()
    for keyword, value in elements.items():
        if value is None:
            delattr(made, keyword)
        else:
            setattr(made, keyword, Sequence(value) if keyword.endswith("Sequence") or "Regions" in keyword else value)
    made.file_meta.MediaStorageSOPClassUID = made.SOPClassUID
    made.file_meta.MediaStorageSOPInstanceUID = made.get("SOPInstanceUID", "1.2")
    return made


def write(path: Path, pixels: Pixels | None, *, syntax: str = ExplicitVRLittleEndian, **elements: Any) -> Path:
    """Write `dataset` as a file with preamble."""
    made = dataset(pixels, **elements)
    made.file_meta.TransferSyntaxUID = syntax
    path.parent.mkdir(parents=True, exist_ok=True)
    made.save_as(path, enforce_file_format=True)
    return path


def header(pixels: Pixels, **fields: Any) -> UltrasoundFile:
    """A header as `read_header` would give it, without a file."""
    known: dict[str, Any] = {"path": "a.dcm", "sop_uid": "1.2.3.1", "sop_class": US_IMAGE, "study_uid": "1.2.3"}
    known |= {"series_uid": "1.2.3.9", "patient_id": "P1", "rows": pixels.shape[0], "columns": pixels.shape[1]}
    return UltrasoundFile(**{**known, **fields})
