"""DICOM files made for the tests: any photometric interpretation in any transfer syntax, from known samples."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path
from typing import Any

import jpeg_ls
import numpy as np
from openjpeg.utils import encode_array as jpeg2000_array
from PIL import Image
from pydicom import uid
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.encaps import encapsulate
from pydicom.pixels.encoders import RLELosslessEncoder

from tests.engine.dicom.lossless_jpeg import lossless_jpeg

NATIVE = (uid.ImplicitVRLittleEndian, uid.ExplicitVRLittleEndian, uid.ExplicitVRBigEndian)
DEFLATED = uid.DeflatedExplicitVRLittleEndian


def dicom_file(
    path: Path,
    samples: np.ndarray,
    photometric: str,
    syntax: str = uid.ExplicitVRLittleEndian,
    *,
    planar: int = 0,
    bits_stored: int = 0,
    frames: list[bytes] | None = None,
    subsampled: bool = False,
    offsets: bool = True,
    **elements: Any,
) -> Path:
    """Write `samples` (frames, rows, columns, samples per pixel) as stored, or the compressed `frames` given.

    `elements` are further data elements by keyword; bytes and numbers pass as they are.
    """
    syntax = uid.UID(syntax)
    count, rows, columns, per_pixel = samples.shape
    allocated = samples.dtype.itemsize * 8
    dataset = Dataset()
    dataset.SOPClassUID = "1.2.840.10008.5.1.4.1.1.3.1" if count > 1 else "1.2.840.10008.5.1.4.1.1.6.1"
    dataset.SOPInstanceUID, dataset.Modality = "1.2.826.0.1.3680043.8.498.1", "US"
    dataset.Rows, dataset.Columns, dataset.SamplesPerPixel = rows, columns, per_pixel
    dataset.PhotometricInterpretation = photometric
    if per_pixel > 1:
        dataset.PlanarConfiguration = planar
    if count > 1:
        dataset.NumberOfFrames = count
    dataset.BitsAllocated, dataset.BitsStored = allocated, bits_stored or allocated
    dataset.HighBit = dataset.BitsStored - 1
    dataset.PixelRepresentation = int(samples.dtype.kind == "i")
    for keyword, value in elements.items():
        setattr(dataset, keyword, value)
    if syntax.is_encapsulated:
        frames = frames or [compressed(frame, syntax, dataset) for frame in samples]
        dataset.PixelData = encapsulate(frames, has_bot=offsets)
        dataset["PixelData"].VR = "OB"
    else:
        big = syntax == uid.ExplicitVRBigEndian
        dataset.PixelData = native(samples, planar=planar, subsampled=subsampled, big=big)
        dataset["PixelData"].VR = "OW"
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = syntax
    dataset.save_as(path, enforce_file_format=True)
    return path


def native(samples: np.ndarray, *, planar: int, subsampled: bool, big: bool) -> bytes:
    """Uncompressed pixel data as PS3.5 8.2 has them; words are swapped in a big-endian file."""
    if subsampled:
        chroma = samples[:, :, 0::2, 1:]
        samples = np.stack([samples[:, :, 0::2, 0], samples[:, :, 1::2, 0], chroma[..., 0], chroma[..., 1]], axis=-1)
    elif planar:
        samples = samples.transpose(0, 3, 1, 2)
    data = np.ascontiguousarray(samples).tobytes()
    data += b"\0" * (len(data) % 2)
    if big:
        width = max(2, samples.dtype.itemsize)
        data = np.frombuffer(data, dtype=f"u{width}").byteswap().tobytes()
    return data


def compressed(frame: np.ndarray, syntax: str, dataset: Dataset) -> bytes:
    """One frame in a lossless compression (JPEG-LS near-lossless: at most 2 off)."""
    if syntax == uid.RLELossless:
        return bytes(
            RLELosslessEncoder.encode(
                frame if frame.shape[2] > 1 else frame[..., 0], encoding_plugin="pydicom", rows=frame.shape[0],
                columns=frame.shape[1], samples_per_pixel=frame.shape[2], bits_allocated=dataset.BitsAllocated,
                bits_stored=dataset.BitsAllocated, pixel_representation=dataset.PixelRepresentation, number_of_frames=1,
                photometric_interpretation=dataset.PhotometricInterpretation, planar_configuration=0,
            )
        )  # fmt: skip
    plain = np.ascontiguousarray(frame if frame.shape[2] > 1 else frame[..., 0])
    if syntax in (uid.JPEGLSLossless, uid.JPEGLSNearLossless):
        error = 2 if syntax == uid.JPEGLSNearLossless else 0
        return bytes(
            jpeg_ls.encode_buffer(
                plain.tobytes(), *frame.shape, bits_stored=dataset.BitsStored, lossy_error=error,
                interleave_mode=2 if frame.shape[2] > 1 else 0,
            )
        )  # fmt: skip
    if syntax == uid.JPEG2000Lossless:
        rgb = dataset.PhotometricInterpretation == "YBR_RCT"
        kind = 1 if rgb else 3 if frame.shape[2] == 3 else 2
        return bytes(jpeg2000_array(
            plain, bits_stored=dataset.BitsStored, photometric_interpretation=kind, use_mct=rgb
        ))  # fmt: skip
    patterns = plain.view(f"u{plain.itemsize}") & ((1 << dataset.BitsStored) - 1)
    return lossless_jpeg(
        patterns.reshape(frame.shape), dataset.BitsStored, selection=1 if syntax == uid.JPEGLosslessSV1 else 4
    )


def jpeg(rgb: np.ndarray, *, subsampling: str = "4:4:4", quality: int = 95, keep_rgb: bool = False) -> bytes:
    """A baseline JPEG: YCbCr with a JFIF marker, or RGB components with APP14 (transform 0)."""
    buffer = BytesIO()
    Image.fromarray(rgb).save(buffer, "JPEG", quality=quality, subsampling=subsampling, keep_rgb=keep_rgb)
    data = buffer.getvalue()
    return data + b"\xff" * (len(data) % 2)


def without_marker(data: bytes, marker: int) -> bytes:
    """The JPEG without its first segment of this kind (0xE0 JFIF, 0xEE APP14)."""
    position = 2
    while data[position + 1] != 0xDA:
        length = 2 + int.from_bytes(data[position + 2 : position + 4])
        if data[position + 1] == marker:
            return data[:position] + data[position + length :]
        position += length
    raise ValueError("no such marker")


def with_component_ids(data: bytes, ids: bytes) -> bytes:
    """The JPEG with other component ids, in its frame and scan headers."""
    patched = bytearray(data)
    position = 2
    while patched[position + 1] != 0xDA:
        if patched[position + 1] in (0xC0, 0xC1, 0xC2):
            for n, number in enumerate(ids):
                patched[position + 10 + 3 * n] = number
        position += 2 + int.from_bytes(patched[position + 2 : position + 4])
    for n, number in enumerate(ids):
        patched[position + 5 + 2 * n] = number
    return bytes(patched)


def smooth_colours(rows: int = 48, columns: int = 64) -> np.ndarray:
    """(rows, columns, 3) uint8: slow ramps of all three colours, on which a JPEG is nearly exact."""
    y, x = np.mgrid[0:rows, 0:columns]
    red, green = 250 * x / columns, 250 * y / rows
    return np.stack([red, green, 255 - (red + green) / 2], axis=-1).astype(np.uint8)
