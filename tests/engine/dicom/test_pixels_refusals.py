"""What damaged, hostile and foreign files get: a sentence that names the file, quickly, without taking memory."""

from __future__ import annotations

import time
import tracemalloc
import warnings
import zlib
from pathlib import Path

import numpy as np
import pytest
from pydicom import dcmread, uid

from engine.dicom.pixels import read_dicom_frame
from engine.domain.errors import CaseError, ErrorKind
from tests.engine.dicom import made_files
from tests.engine.dicom.packaged import PACKAGED

GREY = np.arange(600, dtype=np.uint16).reshape(1, 20, 30, 1).astype(np.uint8)


def refused(path: Path, index: int = 0) -> CaseError:
    with warnings.catch_warnings(), pytest.raises(CaseError) as caught:
        warnings.simplefilter("error")
        read_dicom_frame(str(path), index)
    assert caught.value.sentence.startswith(path.name) and str(path.parent) not in caught.value.sentence
    return caught.value


def changed(path: Path, source: str, **elements: object) -> Path:
    dataset = dcmread(PACKAGED / source)
    for keyword, value in elements.items():
        setattr(dataset, keyword, value)
    dataset.save_as(path)
    return path


@pytest.mark.parametrize("source", ["examples_rgb_color.dcm", "examples_ybr_color.dcm", "examples_jpeg2k.dcm"])
@pytest.mark.parametrize(
    "elements", [{"Rows": 65_535, "Columns": 65_535}, {"NumberOfFrames": 10**9}, {"Rows": 60_000}], ids=str
)
def test_absurd_sizes_are_refused_before_memory_is_taken(source: str, elements: dict[str, int], tmp_path: Path) -> None:
    path = changed(tmp_path / "big.dcm", source, **elements)
    began = time.perf_counter()
    tracemalloc.start()
    error = refused(path)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert error.kind is ErrorKind.TOO_LARGE
    assert peak < 4 * 2**20 and time.perf_counter() - began < 0.2


def test_absurd_size_inside_the_code_stream(tmp_path: Path) -> None:
    data = bytearray(made_files.jpeg(made_files.smooth_colours()))
    place = data.find(b"\xff\xc0")
    data[place + 5 : place + 9] = b"\xff\xff\xff\xff"
    picture = made_files.smooth_colours()[None]
    path = made_files.dicom_file(tmp_path / "a.dcm", picture, "YBR_FULL", uid.JPEGBaseline8Bit, frames=[bytes(data)])
    assert refused(path).kind is ErrorKind.TOO_LARGE


def test_code_stream_of_another_size_than_the_header(tmp_path: Path) -> None:
    path = changed(tmp_path / "a.dcm", "examples_ybr_color.dcm", Rows=100)
    error = refused(path)
    assert error.kind is ErrorKind.CORRUPT and "320 x 100" in error.sentence and "320 x 240" in error.sentence


def deflated(path: Path, body: bytes) -> Path:
    whole = made_files.dicom_file(path, GREY, "MONOCHROME2", uid.DeflatedExplicitVRLittleEndian).read_bytes()
    length = int.from_bytes(whole[140:144], "little")
    packer = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    path.write_bytes(whole[: 144 + length] + packer.compress(body) + packer.flush())
    return path


def test_deflate_bomb_before_the_image(tmp_path: Path) -> None:
    path = deflated(tmp_path / "bomb.dcm", b"\x09\0\x10\0OB\0\0\0\0\0\x20" + bytes(300 * 2**20))
    began = time.perf_counter()
    refused(path)
    assert time.perf_counter() - began < 0.2


def test_deflate_bomb_behind_the_image_is_never_inflated(tmp_path: Path) -> None:
    plain = made_files.dicom_file(tmp_path / "plain.dcm", GREY, "MONOCHROME2").read_bytes()
    length = int.from_bytes(plain[140:144], "little")
    path = deflated(tmp_path / "bomb.dcm", plain[144 + length :] + bytes(300 * 2**20))
    began = time.perf_counter()
    assert read_dicom_frame(str(path)).pixels.shape == (20, 30, 3)
    assert time.perf_counter() - began < 0.2


@pytest.mark.parametrize(
    "name",
    ["examples_ybr_color.dcm", "examples_jpeg2k.dcm", "SC_rgb_rle.dcm", "SC_rgb_jpeg_gdcm.dcm",
     "SC_rgb_jls_lossy_line.dcm", "examples_rgb_color.dcm", "JPGExtended.dcm", "image_dfl.dcm"],
)  # fmt: skip
@pytest.mark.parametrize("kept", [0.97, 0.85])
def test_a_file_that_is_cut_says_so(name: str, kept: float, tmp_path: Path) -> None:
    data = (PACKAGED / name).read_bytes()
    path = tmp_path / "cut.dcm"
    path.write_bytes(data[: int(len(data) * kept)])
    error = refused(path, 29 if name == "examples_ybr_color.dcm" else 0)
    assert error.kind is ErrorKind.CORRUPT and "truncated" in error.sentence and "again" in error.sentence


def test_frames_before_the_cut_are_still_read(tmp_path: Path) -> None:
    data = (PACKAGED / "examples_ybr_color.dcm").read_bytes()
    path = tmp_path / "cut.dcm"
    path.write_bytes(data[: len(data) // 2])
    whole = read_dicom_frame(str(PACKAGED / "examples_ybr_color.dcm"), 3).pixels
    np.testing.assert_array_equal(read_dicom_frame(str(path), 3).pixels, whole)


@pytest.mark.parametrize("place", [900, 1000, 1030])
def test_a_file_that_is_cut_in_its_header(place: int, tmp_path: Path) -> None:
    path = tmp_path / "cut.dcm"
    path.write_bytes((PACKAGED / "examples_rgb_color.dcm").read_bytes()[:place])
    sentence = refused(path).sentence
    assert "truncated" in sentence or "cut off" in sentence


@pytest.mark.parametrize(
    ("content", "kind"),
    [(b"", ErrorKind.CORRUPT), (b"hello", ErrorKind.NOT_ULTRASOUND), (bytes(5000), ErrorKind.NOT_ULTRASOUND)],
    ids=["empty", "text", "zeros"],
)
def test_what_is_not_dicom(content: bytes, kind: ErrorKind, tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_bytes(content)
    assert refused(path).kind is kind


def test_missing_file_folder_and_frame(tmp_path: Path) -> None:
    assert refused(tmp_path / "gone.dcm").kind is ErrorKind.UNREADABLE
    assert refused(tmp_path).kind is ErrorKind.UNREADABLE
    path = made_files.dicom_file(tmp_path / "a.dcm", GREY, "MONOCHROME2")
    assert refused(path, 1).kind is ErrorKind.INVALID


@pytest.mark.parametrize(
    ("elements", "kind"),
    [
        ({"PhotometricInterpretation": "HSV"}, ErrorKind.UNSUPPORTED),
        ({"PhotometricInterpretation": "MONOCHROME2"}, ErrorKind.CORRUPT),
        ({"BitsStored": 40}, ErrorKind.CORRUPT),
        ({"BitsAllocated": 12}, ErrorKind.CORRUPT),
        ({"Rows": 0}, ErrorKind.CORRUPT),
        ({"PhotometricInterpretation": "PALETTE COLOR", "SamplesPerPixel": 1}, ErrorKind.CORRUPT),
    ],
    ids=str,
)
def test_headers_that_contradict_themselves(elements: dict[str, object], kind: ErrorKind, tmp_path: Path) -> None:
    assert refused(changed(tmp_path / "a.dcm", "examples_rgb_color.dcm", **elements)).kind is kind


def test_video_is_named(tmp_path: Path) -> None:
    path = made_files.dicom_file(tmp_path / "a.dcm", GREY, "MONOCHROME2", uid.MPEG4HP41, frames=[bytes(100)])
    error = refused(path)
    assert error.kind is ErrorKind.UNSUPPORTED and "MPEG-4" in error.sentence
