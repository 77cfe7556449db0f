"""Pictures of research folders, told by content."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from engine.data.frames import read_frame
from engine.domain.errors import CaseError, ErrorKind
from tests.engine.dicom import made_files

COLOURS = np.random.default_rng(3).integers(0, 256, (20, 30, 3), dtype=np.uint8)


@pytest.mark.parametrize("kind", ["PNG", "BMP", "TIFF"])
def test_pictures_are_told_by_content_and_not_by_name(kind: str, tmp_path: Path) -> None:
    path = tmp_path / "picture.dcm"
    Image.fromarray(COLOURS).save(path, kind)
    frame = read_frame(str(path))
    np.testing.assert_array_equal(frame.pixels, COLOURS)
    assert (frame.index, frame.n_frames) == (0, 1) and frame.pixels.flags.writeable


def test_jpeg_picture(tmp_path: Path) -> None:
    path = tmp_path / "a.jpg"
    smooth = made_files.smooth_colours()
    Image.fromarray(smooth).save(path, quality=98, subsampling=0)
    assert np.abs(read_frame(str(path)).pixels.astype(int) - smooth).max() <= 6


def test_grey_deep_transparent_and_indexed_pictures(tmp_path: Path) -> None:
    grey = COLOURS[..., 0]
    alpha = np.dstack([COLOURS, grey])
    path = str(tmp_path / "a.png")
    for stored, expected in (
        (Image.fromarray(grey), np.repeat(grey[..., None], 3, axis=2)),
        (Image.fromarray((grey.astype(np.uint16) << 8) + 99), np.repeat(grey[..., None], 3, axis=2)),
        (Image.fromarray(alpha), COLOURS),
    ):
        stored.save(path)
        np.testing.assert_array_equal(read_frame(path).pixels, expected)


def test_pages_of_a_tiff_are_frames(tmp_path: Path) -> None:
    path = str(tmp_path / "pages.tif")
    first, second = Image.fromarray(COLOURS), Image.fromarray(255 - COLOURS)
    first.save(path, save_all=True, append_images=[second])
    frame = read_frame(path, 1)
    assert frame.n_frames == 2
    np.testing.assert_array_equal(frame.pixels, 255 - COLOURS)
    with pytest.raises(CaseError, match=r"pages.tif has 2 frames"):
        read_frame(path, 2)


def test_dicom_with_a_tiff_in_its_preamble(tmp_path: Path) -> None:
    path = made_files.dicom_file(tmp_path / "both.tif", COLOURS[None], "RGB")
    path.write_bytes(b"II*\0" + path.read_bytes()[4:])
    np.testing.assert_array_equal(read_frame(str(path)).pixels, COLOURS)


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "BMP", "TIFF"])
def test_a_cut_picture_is_refused_in_a_sentence(kind: str, tmp_path: Path) -> None:
    path = tmp_path / "cut.png"
    Image.fromarray(COLOURS).save(path, kind)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    with pytest.raises(CaseError, match=r"^cut.png cannot be read") as caught:
        read_frame(str(path))
    assert caught.value.kind is ErrorKind.CORRUPT


@pytest.mark.parametrize("side", [9_000, 17_000])
def test_a_huge_picture_is_refused_before_it_is_decoded(side: int, tmp_path: Path) -> None:
    path = tmp_path / "huge.png"
    Image.new("1", (side, side)).save(path, compress_level=1)
    with pytest.raises(CaseError, match=r"^huge.png") as caught:
        read_frame(str(path))
    assert caught.value.kind is ErrorKind.TOO_LARGE


@pytest.mark.data
def test_research_images_are_read(shared_data: Path) -> None:
    pictures = sorted(shared_data.rglob("*.png"))[:5]
    assert pictures and all(read_frame(str(p)).pixels.ndim == 3 for p in pictures)
