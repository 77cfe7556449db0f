"""Frame k on demand: offset tables, fragments, frames that are damaged beside frames that are not; unused bits."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from pydicom import dcmread, uid
from pydicom.dataset import Dataset
from pydicom.encaps import encapsulate, encapsulate_extended

from engine.dicom.pixels import read_dicom_frame
from engine.domain.errors import CaseError
from tests.engine.dicom import made_files

CLIP = np.random.default_rng(5).integers(0, 256, (5, 34, 40, 3), dtype=np.uint8)


def clip(path: Path, pixel_data: bytes, **elements: object) -> Path:
    made_files.dicom_file(path, CLIP, "RGB", uid.JPEG2000Lossless)
    dataset = dcmread(path)
    dataset.PixelData = pixel_data
    for keyword, value in elements.items():
        setattr(dataset, keyword, value)
    dataset.save_as(path)
    return path


def frames() -> list[bytes]:
    dataset = Dataset()
    dataset.PhotometricInterpretation, dataset.BitsStored = "RGB", 8
    return [made_files.compressed(frame, uid.JPEG2000Lossless, dataset) for frame in CLIP]


@pytest.fixture(scope="module")
def streams() -> list[bytes]:
    return [s + b"\0" * (len(s) % 2) for s in frames()]


@pytest.mark.parametrize("fragments", [1, 3])
@pytest.mark.parametrize("offsets", [True, False])
def test_fragments_and_offset_tables(streams: list[bytes], fragments: int, offsets: bool, tmp_path: Path) -> None:
    path = clip(tmp_path / "a.dcm", encapsulate(streams, fragments_per_frame=fragments, has_bot=offsets))
    for index in (4, 0, 2):
        np.testing.assert_array_equal(read_dicom_frame(str(path), index).pixels, CLIP[index])


def test_extended_offset_table(streams: list[bytes], tmp_path: Path) -> None:
    data, offsets, lengths = encapsulate_extended(streams)
    path = clip(tmp_path / "a.dcm", data, ExtendedOffsetTable=offsets, ExtendedOffsetTableLengths=lengths)
    np.testing.assert_array_equal(read_dicom_frame(str(path), 3).pixels, CLIP[3])


def test_a_damaged_frame_costs_itself_only(streams: list[bytes], tmp_path: Path) -> None:
    path = clip(tmp_path / "a.dcm", encapsulate([streams[0], b"\0" * 400, *streams[2:]]))
    np.testing.assert_array_equal(read_dicom_frame(str(path), 2).pixels, CLIP[2])
    with pytest.raises(CaseError, match=r"^a.dcm cannot be read"):
        read_dicom_frame(str(path), 1)


def test_fewer_frames_than_stated(streams: list[bytes], tmp_path: Path) -> None:
    path = clip(tmp_path / "a.dcm", encapsulate(streams[:2]))
    np.testing.assert_array_equal(read_dicom_frame(str(path), 1).pixels, CLIP[1])
    with pytest.raises(CaseError, match="more frames than the 2 it holds"):
        read_dicom_frame(str(path), 3)


def test_a_missing_end_marker_does_no_harm(streams: list[bytes], tmp_path: Path) -> None:
    path = clip(tmp_path / "a.dcm", encapsulate(streams))
    path.write_bytes(path.read_bytes()[:-8])
    np.testing.assert_array_equal(read_dicom_frame(str(path), 4).pixels, CLIP[4])


def test_only_the_asked_frame_is_read_from_the_disk(tmp_path: Path) -> None:
    """The other frames lie in a hole of a sparse file, 40 GB of them."""
    count, side = 40_000, 1024
    one = np.random.default_rng(1).integers(0, 256, (1, side, side, 1), dtype=np.uint8)
    path = made_files.dicom_file(tmp_path / "long.dcm", one, "MONOCHROME2", NumberOfFrames=count)
    start = path.stat().st_size - one.nbytes
    with path.open("r+b") as file:
        file.seek(start - 4)
        file.write((0xFFFFFFFE).to_bytes(4, "little"))
        file.truncate(start + 2**32 - 2)
    picture = read_dicom_frame(str(path), 3000)
    assert picture.n_frames == count and picture.pixels.shape == (side, side, 3) and not picture.pixels.any()
    np.testing.assert_array_equal(read_dicom_frame(str(path), 0).pixels[..., 0], one[0, ..., 0])


@pytest.mark.parametrize("syntax", [uid.ExplicitVRLittleEndian, uid.ExplicitVRBigEndian, uid.RLELossless])
@pytest.mark.parametrize("high_bit", [11, 15, 13])
def test_unused_bits_do_not_count(syntax: str, high_bit: int, tmp_path: Path) -> None:
    """Old devices keep overlays above or below the 12 bits of a sample (PS3.5 8.1.1)."""
    random = np.random.default_rng(8)
    values = random.integers(0, 4096, (1, 20, 30, 1)).astype(np.uint16)
    shift = high_bit - 11
    rubbish = random.integers(0, 65_536, values.shape).astype(np.uint16) & ~np.uint16(0xFFF << shift & 0xFFFF)
    path = made_files.dicom_file(
        tmp_path / "a.dcm", values << shift | rubbish, "MONOCHROME2", syntax, bits_stored=12, HighBit=high_bit
    )
    expected = np.floor(values[0, ..., 0] / 4095 * 255 + 0.5)
    np.testing.assert_array_equal(read_dicom_frame(str(path)).pixels[..., 0], expected)


def test_single_bits_run_on_between_frames(tmp_path: Path) -> None:
    bits = np.random.default_rng(2).integers(0, 2, (3, 7, 5, 1), dtype=np.uint8)
    path = made_files.dicom_file(tmp_path / "a.dcm", bits, "MONOCHROME2", BitsAllocated=1, BitsStored=1, HighBit=0)
    dataset = dcmread(path)
    packed = np.packbits(bits.ravel(), bitorder="little").tobytes()
    dataset.PixelData = packed + b"\0" * (len(packed) % 2)
    dataset.save_as(path)
    for index in range(3):
        shown = read_dicom_frame(str(path), index).pixels[..., 0]
        np.testing.assert_array_equal(shown, bits[index, ..., 0] * 255)
