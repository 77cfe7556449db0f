"""All files that come with pydicom through the real decode, each with its expected outcome."""

from __future__ import annotations

import warnings

import pytest

from engine.dicom.pixels import read_dicom_frame
from engine.domain.errors import CaseError, ErrorKind
from tests.engine.dicom.packaged import DATA, packaged_files

IMAGES = {
    (32, 32, 1): (
        "charset_files/chrArab.dcm",
        "charset_files/chrFren.dcm",
        "charset_files/chrFrenMulti.dcm",
        "charset_files/chrGerm.dcm",
        "charset_files/chrGreek.dcm",
        "charset_files/chrH31.dcm",
        "charset_files/chrH32.dcm",
        "charset_files/chrHbrw.dcm",
        "charset_files/chrI2.dcm",
        "charset_files/chrRuss.dcm",
        "charset_files/chrX1.dcm",
        "charset_files/chrX2.dcm",
    ),
    (512, 512, 1): (
        "test_files/693_J2KI.dcm",
        "test_files/J2K_pixelrep_mismatch.dcm",
        "test_files/image_dfl.dcm",
        "test_files/liver_1frame.dcm",
        "test_files/liver_expb_1frame.dcm",
    ),
    (128, 128, 1): ("test_files/CT_small.dcm",),
    (60, 80, 1): ("test_files/ExplVR_BigEnd.dcm",),
    (400, 400, 1): ("test_files/GDCMJ2K_TextGBR.dcm",),
    (1024, 256, 1): (
        "test_files/JPEG-lossy.dcm",
        "test_files/JPEG2000.dcm",
        "test_files/JPGExtended.dcm",
    ),
    (45, 10, 1): ("test_files/JPEGLSNearLossless_08.dcm",),
    (50, 10, 1): ("test_files/JPEGLSNearLossless_16.dcm",),
    (64, 64, 1): (
        "test_files/MR_small.dcm",
        "test_files/MR_small_RLE.dcm",
        "test_files/MR_small_bigendian.dcm",
        "test_files/MR_small_expb.dcm",
        "test_files/MR_small_implicit.dcm",
        "test_files/MR_small_jp2klossless.dcm",
        "test_files/MR_small_jpeg_ls_lossless.dcm",
        "test_files/MR_small_padded.dcm",
    ),
    (256, 256, 1): (
        "test_files/SC_jpeg_no_color_transform.dcm",
        "test_files/SC_jpeg_no_color_transform_2.dcm",
        "test_files/SC_rgb_jpeg.dcm",
        "test_files/SC_rgb_jpeg_app14_dcmd.dcm",
        "test_files/SC_rgb_jpeg_dcmd.dcm",
    ),
    (100, 100, 1): (
        "test_files/SC_rgb_dcmtk_+eb+cr.dcm",
        "test_files/SC_rgb_dcmtk_+eb+cy+n1.dcm",
        "test_files/SC_rgb_dcmtk_+eb+cy+n2.dcm",
        "test_files/SC_rgb_dcmtk_+eb+cy+np.dcm",
        "test_files/SC_rgb_dcmtk_+eb+cy+s2.dcm",
        "test_files/SC_rgb_dcmtk_+eb+cy+s4.dcm",
        "test_files/SC_rgb_gdcm_KY.dcm",
        "test_files/SC_rgb_jls_lossy_line.dcm",
        "test_files/SC_rgb_jls_lossy_sample.dcm",
        "test_files/SC_rgb_jpeg_dcmtk.dcm",
        "test_files/SC_rgb_jpeg_gdcm.dcm",
        "test_files/SC_rgb_jpeg_lossy_gdcm.dcm",
        "test_files/SC_rgb_rle.dcm",
        "test_files/SC_rgb_rle_16bit.dcm",
        "test_files/SC_rgb_rle_32bit.dcm",
        "test_files/SC_ybr_full_422_uncompressed.dcm",
    ),
    (100, 100, 2): (
        "test_files/SC_rgb_rle_16bit_2frame.dcm",
        "test_files/SC_rgb_rle_2frame.dcm",
        "test_files/SC_rgb_rle_32bit_2frame.dcm",
    ),
    (3, 3, 1): (
        "test_files/SC_rgb_small_odd.dcm",
        "test_files/SC_rgb_small_odd_big_endian.dcm",
        "test_files/SC_rgb_small_odd_jpeg.dcm",
    ),
    (480, 640, 1): ("test_files/examples_jpeg2k.dcm",),
    (300, 484, 1): ("test_files/examples_overlay.dcm",),
    (350, 800, 1): ("test_files/examples_palette.dcm",),
    (240, 320, 1): ("test_files/examples_rgb_color.dcm",),
    (240, 320, 30): ("test_files/examples_ybr_color.dcm",),
    (10, 10, 15): (
        "test_files/rtdose.dcm",
        "test_files/rtdose_expb.dcm",
        "test_files/rtdose_rle.dcm",
    ),
    (10, 10, 1): (
        "test_files/rtdose_1frame.dcm",
        "test_files/rtdose_expb_1frame.dcm",
        "test_files/rtdose_rle_1frame.dcm",
    ),
}
"""(rows, columns, frames) -> files."""
REFUSED = {
    ErrorKind.NOT_ULTRASOUND: (
        "charset_files/FileInfo.txt",
        "test_files/README.txt",
        "test_files/crayons.icc",
        "test_files/no_meta.dcm",
        "test_files/rtplan.dump",
        "test_files/rtstruct.dump",
        "test_files/zipMR.gz",
    ),
    ErrorKind.CORRUPT: (
        "test_files/rtplan_truncated.dcm",
        "charset_files/chrJapMulti.dcm",
        "charset_files/chrJapMultiExplicitIR6.dcm",
        "charset_files/chrKoreanMulti.dcm",
        "test_files/MR_truncated.dcm",
        "test_files/badVR.dcm",
    ),
    ErrorKind.NO_PIXELS: (
        "charset_files/chrSQEncoding.dcm",
        "charset_files/chrSQEncoding1.dcm",
        "test_files/ExplVR_BigEndNoMeta.dcm",
        "test_files/ExplVR_LitEndNoMeta.dcm",
        "test_files/UN_sequence.dcm",
        "test_files/empty_charset_LEI.dcm",
        "test_files/meta_missing_tsyntax.dcm",
        "test_files/nested_priv_SQ.dcm",
        "test_files/no_meta_group_length.dcm",
        "test_files/priv_SQ.dcm",
        "test_files/reportsi.dcm",
        "test_files/reportsi_with_empty_number_tags.dcm",
        "test_files/rtplan.dcm",
        "test_files/rtstruct.dcm",
        "test_files/test-SR.dcm",
        "test_files/waveform_ecg.dcm",
    ),
    ErrorKind.TOO_LARGE: ("test_files/JPEG2000-embedded-sequence-delimiter.dcm",),
}
FOLDERS = {
    "palettes/": ErrorKind.NO_PIXELS,
    "test_files/dicomdirtests/TINY_ALPHA/PT": ErrorKind.NO_PIXELS,
    "test_files/dicomdirtests/TINY_ALPHA/DICOMDIR": ErrorKind.NO_PIXELS,
    "test_files/dicomdirtests/DICOMDIR": ErrorKind.NO_PIXELS,
    "test_files/dicomdirtests/README": ErrorKind.NOT_ULTRASOUND,
    "test_files/dicomdirtests/TINY_ALPHA/README": ErrorKind.NOT_ULTRASOUND,
    "test_files/dicomdirtests/77654033/": (16, 16, 1),
    "test_files/dicomdirtests/98892001/": (16, 16, 1),
    "test_files/dicomdirtests/98892003/": (16, 16, 1),
}
"""Beginnings of names whose files all end the same way."""
EXPECTED: dict[str, tuple[int, int, int] | ErrorKind] = {
    **{name: outcome for outcome, names in IMAGES.items() for name in names},
    **{name: outcome for outcome, names in REFUSED.items() for name in names},
}


def expected(name: str) -> tuple[int, int, int] | ErrorKind:
    if name in EXPECTED:
        return EXPECTED[name]
    return next(outcome for start, outcome in FOLDERS.items() if name.startswith(start))


NAMES = [p.relative_to(DATA).as_posix() for p in packaged_files()]


def test_the_table_names_what_the_wheel_holds() -> None:
    assert sorted(EXPECTED) == sorted(n for n in NAMES if not n.startswith(tuple(FOLDERS)))


@pytest.mark.parametrize("name", NAMES)
def test_outcome(name: str) -> None:
    outcome: tuple[int, int, int] | ErrorKind
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        try:
            frame = read_dicom_frame(str(DATA / name))
            outcome = (*frame.pixels.shape[:2], frame.n_frames)
        except CaseError as error:
            outcome = error.kind
            assert name.rsplit("/", 1)[-1] in error.sentence and error.sentence.endswith(".")
    assert outcome == expected(name)
