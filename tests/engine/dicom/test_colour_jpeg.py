"""Colours of lossy compression: markers before tags, and agreement with other decoders to 2 of 255."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from pydicom import dcmread, uid
from pydicom.encaps import get_frame

from engine.dicom.pixels import read_dicom_frame
from tests.engine.dicom import made_files, reference_colours
from tests.engine.dicom.dcmtk import dcmtk_picture, needs_dcmtk
from tests.engine.dicom.packaged import PACKAGED

PICTURE = made_files.smooth_colours()
APP14_YCC = b"\xff\xee\x00\x0eAdobe\x00\x64\0\0\0\0\x01"


def bare(subsampling: str = "4:4:4", ids: bytes = b"\1\2\3") -> bytes:
    """YCbCr without any marker that says so."""
    plain = made_files.without_marker(made_files.jpeg(PICTURE, subsampling=subsampling, quality=98), 0xE0)
    return made_files.with_component_ids(plain, ids)


def bare_rgb(ids: bytes) -> bytes:
    """RGB components without APP14."""
    plain = made_files.without_marker(made_files.jpeg(PICTURE, quality=98, keep_rgb=True), 0xEE)
    return made_files.with_component_ids(plain, ids)


STREAMS = {
    "JFIF": made_files.jpeg(PICTURE, quality=98),
    "JFIF 4:2:2": made_files.jpeg(PICTURE, subsampling="4:2:2", quality=98),
    "JFIF 4:2:0": made_files.jpeg(PICTURE, subsampling="4:2:0", quality=98),
    "ids 1 2 3": bare(),
    "subsampled, ids 0 1 2": bare("4:2:2", b"\0\1\2"),
    "APP14 YCbCr, ids 0 1 2": b"\xff\xd8" + APP14_YCC + bare(ids=b"\0\1\2")[2:],
    "APP14 RGB": made_files.jpeg(PICTURE, quality=98, keep_rgb=True),
    "APP14 RGB, ids 1 2 3": made_files.with_component_ids(
        made_files.jpeg(PICTURE, quality=98, keep_rgb=True), b"\1\2\3"
    ),
    "ids R G B": bare_rgb(b"RGB"),
    "ids r g b": bare_rgb(b"rgb"),
}
TAGS = ("RGB", "YBR_FULL", "YBR_FULL_422", "YBR_PARTIAL_422")


def stored(path: Path, stream: bytes, tag: str, syntax: str = uid.JPEGBaseline8Bit) -> Path:
    return made_files.dicom_file(path, PICTURE[None], tag, syntax, frames=[stream + b"\0" * (len(stream) % 2)])


@pytest.mark.parametrize("tag", TAGS)
@pytest.mark.parametrize("stream", STREAMS, ids=list(STREAMS))
def test_markers_decide_whatever_the_tag_says(stream: str, tag: str, tmp_path: Path) -> None:
    pixels = read_dicom_frame(str(stored(tmp_path / "a.dcm", STREAMS[stream], tag))).pixels
    assert np.abs(pixels.astype(int) - PICTURE).max() <= 8  # a wrong decision is off by more than 100


@pytest.mark.parametrize(("tag", "stream"), [("RGB", bare_rgb(b"\0\1\2")), ("YBR_FULL", bare(ids=b"\0\1\2"))])
def test_the_tag_decides_where_markers_are_silent(tag: str, stream: bytes, tmp_path: Path) -> None:
    pixels = read_dicom_frame(str(stored(tmp_path / "a.dcm", stream, tag))).pixels
    assert np.abs(pixels.astype(int) - PICTURE).max() <= 8


@needs_dcmtk
@pytest.mark.parametrize("stream", ["JFIF", "JFIF 4:2:2", "JFIF 4:2:0", "APP14 RGB", "ids R G B"])
def test_dcmtk_agrees(stream: str, tmp_path: Path) -> None:
    path = stored(tmp_path / "a.dcm", STREAMS[stream], "RGB" if "G" in stream else "YBR_FULL")
    judge = dcmtk_picture(path)
    assert np.abs(read_dicom_frame(str(path)).pixels.astype(int) - judge).max() <= 2


@pytest.mark.parametrize("stream", ["JFIF", "JFIF 4:2:2", "JFIF 4:2:0", "APP14 RGB"])
def test_gdcm_agrees(stream: str, tmp_path: Path) -> None:
    path = stored(tmp_path / "a.dcm", STREAMS[stream], "RGB" if "G" in stream else "YBR_FULL")
    assert np.abs(read_dicom_frame(str(path)).pixels.astype(int) - gdcm_picture(path)).max() <= 2


def gdcm_picture(path: Path) -> np.ndarray:
    import gdcm

    reader = gdcm.ImageReader()
    reader.SetFileName(str(path))
    assert reader.Read()
    image = reader.GetImage()
    samples = np.frombuffer(image.GetBuffer().encode("utf-8", "surrogateescape"), dtype=np.uint8)
    samples = samples.reshape(image.GetDimension(1), image.GetDimension(0), 3)
    ybr = image.GetPhotometricInterpretation().GetType() != gdcm.PhotometricInterpretation.RGB
    return (reference_colours.ybr_full(samples) if ybr else samples).astype(int)


LOSSY_PACKAGED = (
    "SC_rgb_dcmtk_+eb+cr.dcm", "SC_rgb_dcmtk_+eb+cy+n1.dcm", "SC_rgb_dcmtk_+eb+cy+n2.dcm", "SC_rgb_dcmtk_+eb+cy+np.dcm",
    "SC_rgb_dcmtk_+eb+cy+s2.dcm", "SC_rgb_dcmtk_+eb+cy+s4.dcm", "SC_rgb_jpeg_dcmtk.dcm", "SC_rgb_jpeg_lossy_gdcm.dcm",
    "SC_jpeg_no_color_transform.dcm", "SC_jpeg_no_color_transform_2.dcm", "SC_rgb_small_odd_jpeg.dcm",
    "examples_ybr_color.dcm", "SC_ybr_full_422_uncompressed.dcm", "examples_palette.dcm", "ExplVR_BigEnd.dcm",
    "SC_rgb_small_odd_big_endian.dcm", "examples_rgb_color.dcm", "SC_rgb_jpeg_gdcm.dcm",
)  # fmt: skip


@needs_dcmtk
@pytest.mark.parametrize("name", LOSSY_PACKAGED)
def test_dcmtk_agrees_on_packaged_files(name: str, tmp_path: Path) -> None:
    copy = tmp_path / "a.dcm"
    copy.write_bytes((PACKAGED / name).read_bytes())
    judge = dcmtk_picture(copy, 0)
    assert np.abs(read_dicom_frame(str(copy)).pixels.astype(int) - judge).max() <= 2


@needs_dcmtk
def test_dcmtk_agrees_on_twelve_bit_jpeg(tmp_path: Path) -> None:
    copy = tmp_path / "a.dcm"
    dataset = dcmread(PACKAGED / "JPGExtended.dcm")
    dataset.WindowCenter, dataset.WindowWidth = 100, 200
    dataset.save_as(copy)
    judge = dcmtk_picture(copy, 0, "+Wi", "1")
    assert np.abs(read_dicom_frame(str(copy)).pixels.astype(int) - judge).max() <= 2


def test_the_words_red_green_and_blue_have_their_colours() -> None:
    """A picture of three words, whose channels are stored in another order (JP2 within DICOM)."""
    pixels = read_dicom_frame(str(PACKAGED / "GDCMJ2K_TextGBR.dcm")).pixels.astype(int)
    for channel, (top, bottom) in enumerate(((45, 100), (150, 205), (245, 300))):
        word = pixels[top:bottom].reshape(-1, 3)
        pure = word[word.max(axis=1) - word.min(axis=1) > 200]
        assert len(pure) > 500 and (pure.argmax(axis=1) == channel).all()


@pytest.mark.parametrize("name", ["SC_rgb_gdcm_KY.dcm", "examples_jpeg2k.dcm"])
def test_pillow_agrees_on_jpeg_2000(name: str) -> None:
    frame = get_frame(dcmread(PACKAGED / name).PixelData, 0, number_of_frames=1)
    with Image.open(BytesIO(frame)) as image:
        judge = np.asarray(image.convert("RGB")).astype(int)
    assert np.abs(read_dicom_frame(str(PACKAGED / name)).pixels.astype(int) - judge).max() <= 2


HTJ2K = (
    "ff4fff510029400000000018000000100000000000000000000000180000001000000000000000000001070101ff500008000200000002ff52"
    "000c00020001000504044001ff5c00132048505050505050505050505050484848ff64001700014f70656e4a50482056657220302e32362e33"
    "2eff90000a0000000000480001ff93c025d900877400c012805601877400c01280fb00477400c013005aed808b7400c015008c31f6da700275"
    "00c02b0022222222f3f0a7a7a7c27800ffd9"
)
"""A ramp of 16 x 24 pixels, ten grey values a column, coded reversibly by OpenJPH."""


@pytest.mark.parametrize("syntax", [uid.HTJ2KLossless, uid.HTJ2KLosslessRPCL, uid.HTJ2K])
def test_high_throughput_jpeg_2000(syntax: str, tmp_path: Path) -> None:
    ramp = np.broadcast_to(np.arange(24, dtype=np.uint8) * 10, (16, 24))
    stream = bytes.fromhex(HTJ2K)
    made_files.dicom_file(
        tmp_path / "a.dcm", ramp[None, ..., None], "MONOCHROME2", syntax, frames=[stream + b"\0" * (len(stream) % 2)]
    )
    pixels = read_dicom_frame(str(tmp_path / "a.dcm")).pixels
    np.testing.assert_array_equal(pixels, np.repeat(ramp[..., None], 3, axis=2))
