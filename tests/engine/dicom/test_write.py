"""Ultrasound files that this project writes, read back by pydicom's own decoders."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pydicom
import pytest
from pydicom.pixels import pixel_array

from engine.dicom.headers import read_header
from engine.dicom.write import (
    JPEG_2000,
    JPEG_BASELINE,
    JPEG_LS,
    RLE,
    SYNTAXES,
    UltrasoundHeader,
    ultrasound_bytes,
    write_ultrasound,
)
from engine.domain.case import Box, Region
from engine.domain.errors import CaseError, ErrorKind

DECODERS = {RLE: "pydicom", JPEG_LS: "pyjpegls", JPEG_2000: "pylibjpeg", JPEG_BASELINE: "pillow"}
"""GDCM, which may abort the process, is not used here."""
TISSUE = Region(box=Box(5, 7, 45, 33), data_type=1, spatial_format=1, delta_x_mm=0.125, delta_y_mm=0.25)
BAR = Region(box=Box(48, 7, 52, 33), data_type=0xE, spatial_format=5)


def _header(**changes: object) -> UltrasoundHeader:
    facts: dict[str, object] = {
        "sop_uid": "2.25.11", "study_uid": "2.25.12", "series_uid": "2.25.13", "patient_id": "P1",
        "regions": (TISSUE, BAR), "laterality": "L", "place": "left breast 10 o'clock", "date": "20260102",
        "seconds": 9 * 3600 + 5 * 60 + 7,
    }  # fmt: skip
    return UltrasoundHeader(**(facts | changes))  # type: ignore[arg-type]


def _frames(count: int, samples: int) -> np.ndarray:
    rows, columns = np.mgrid[0:41, 0:53]
    ramp = (rows * 3 + columns * 2)[..., None] + np.arange(samples) * 40
    return np.stack([(ramp + 9 * k) % 256 if k else np.minimum(ramp, 255) for k in range(count)]).astype(np.uint8)


@pytest.mark.parametrize("samples", [1, 3])
@pytest.mark.parametrize("count", [1, 3])
@pytest.mark.parametrize("syntax", SYNTAXES)
def test_pixels_come_back(syntax: str, count: int, samples: int) -> None:
    frames = _frames(count, samples)
    data = ultrasound_bytes(frames, _header(), transfer_syntax=syntax)
    dataset = pydicom.dcmread(io.BytesIO(data))
    assert dataset.file_meta.TransferSyntaxUID == syntax
    decoded = pixel_array(dataset, decoding_plugin=DECODERS.get(syntax, "")).reshape(frames.shape)
    if syntax == JPEG_BASELINE:
        assert dataset.LossyImageCompression == "01"
        assert float(dataset.LossyImageCompressionRatio) > 1
        assert np.abs(decoded[0].astype(int) - frames[0]).mean() < 4
    else:
        assert dataset.LossyImageCompression == "00"
        np.testing.assert_array_equal(decoded, frames)


def test_same_arguments_give_the_same_bytes_and_other_pixels_others() -> None:
    frames = _frames(1, 3)
    for syntax in SYNTAXES:
        once, again = (ultrasound_bytes(frames, _header(), transfer_syntax=syntax) for _ in range(2))
        assert once == again
        assert once != ultrasound_bytes(frames[:, ::-1], _header(), transfer_syntax=syntax)


def test_header_is_read_as_it_was_written(tmp_path: Path) -> None:
    path = tmp_path / "a.dcm"
    write_ultrasound(path, _frames(3, 3), _header(colour=True))
    header = read_header(path)
    assert header.simulated
    assert (header.sop_uid, header.study_uid, header.series_uid) == ("2.25.11", "2.25.12", "2.25.13")
    assert (header.n_frames, header.rows, header.columns) == (3, 41, 53)
    assert header.laterality == "left"
    assert header.place.clock == 10
    assert header.taken_at == 9 * 3600 + 5 * 60 + 7
    assert [r.box for r in header.regions] == [TISSUE.box, BAR.box]
    assert [r.data_type for r in header.regions] == [1, 0xE]
    assert header.regions[0].delta_x_mm == pytest.approx(0.125)
    assert header.regions[0].delta_y_mm == pytest.approx(0.25)
    assert header.regions[1].delta_x_mm is None
    assert list(tmp_path.iterdir()) == [path]


def test_real_files_are_not_marked_as_simulated(tmp_path: Path) -> None:
    path = tmp_path / "a.dcm"
    write_ultrasound(path, _frames(1, 1), _header(simulated=False))
    assert not read_header(path).simulated
    assert "SIMULATED" not in pydicom.dcmread(path).ImageType


def test_patient_is_named_as_simulated() -> None:
    dataset = pydicom.dcmread(io.BytesIO(ultrasound_bytes(_frames(1, 1), _header())))
    assert dataset.ImageType[3] == "SIMULATED"
    assert dataset.ManufacturerModelName == "SonoFuse phantom"
    assert dataset.PatientName == "Phantom^Simulated"


def test_other_syntaxes_are_refused_in_words() -> None:
    with pytest.raises(CaseError) as caught:
        ultrasound_bytes(_frames(1, 1), _header(), transfer_syntax="1.2.840.10008.1.2.4.57")
    assert caught.value.kind is ErrorKind.UNSUPPORTED


def test_folder_that_is_a_file_is_told(tmp_path: Path) -> None:
    (tmp_path / "taken").write_bytes(b"")
    with pytest.raises(CaseError) as caught:
        write_ultrasound(tmp_path / "taken" / "a.dcm", _frames(1, 1), _header())
    assert caught.value.kind is ErrorKind.STORAGE
