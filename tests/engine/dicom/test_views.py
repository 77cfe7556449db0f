"""What is found in a frame: by its regions, by its pixels, and by both."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from engine.data.frames import read_frame
from engine.dicom.headers import UltrasoundFile, read_header
from engine.dicom.views import find_views
from engine.domain.case import Box, Region, UltrasoundImage
from tests.engine.dicom.making import Pixels, header, speckle, with_flow
from tests.engine.dicom.test_scan import PACKAGED

FLOW = 2


def a_region(box: Box, data_type: int, spatial_format: int = 1) -> Region:
    return Region(box=box, data_type=data_type, spatial_format=spatial_format, delta_x_mm=0.1, delta_y_mm=0.1)


def screen(picture: Pixels, at: tuple[int, int], rows: int = 480, columns: int = 640) -> Pixels:
    """A black screen with a picture at (row, column) and text in the margins."""
    frame = np.zeros((rows, columns, 3), np.uint8)
    frame[at[0] : at[0] + picture.shape[0], at[1] : at[1] + picture.shape[1]] = picture
    for row in range(60, rows - 40, 24):
        cv2.putText(frame, "Gn 60", (4, row), cv2.FONT_HERSHEY_SIMPLEX, 0.5, (200, 200, 200), 1)
    cv2.putText(frame, "RT BREAST 10 OCLOCK", (160, rows - 8), cv2.FONT_HERSHEY_SIMPLEX, 0.5, (255, 255, 0), 1)
    return frame


def views(frame: Pixels, *regions: Region, **fields: object) -> tuple[UltrasoundImage, ...]:
    return find_views(header(frame, regions=regions, **fields), frame)


def overlap(found: Box | None, wanted: Box) -> float:
    """Intersection over union."""
    assert found is not None
    shared = found.overlap(wanted)
    return shared / (found.area + wanted.area - shared)


def test_tissue_region_is_bmode_cut_to_it() -> None:
    box = Box(120, 40, 520, 400)
    (view,) = views(screen(speckle(360, 400), (40, 120)), a_region(box, 1))
    assert (view.modality, view.crop, view.rows, view.columns) == ("bmode", box, 480, 640)
    assert "tissue" in view.why


def test_flow_region_inside_tissue_is_one_doppler_image() -> None:
    tissue, flow = Box(120, 40, 520, 400), Box(200, 100, 400, 300)
    (view,) = views(screen(speckle(360, 400), (40, 120)), a_region(tissue, 1), a_region(flow, FLOW))
    assert (view.modality, view.crop, view.colour_box) == ("doppler", tissue, flow)


def test_two_regions_side_by_side_are_two_images() -> None:
    left, right, flow = Box(100, 50, 300, 400), Box(320, 50, 520, 400), Box(350, 100, 450, 300)
    regions = (a_region(right, 1), a_region(flow, FLOW), a_region(left, 1))
    found = views(screen(speckle(350, 420), (50, 100)), *regions)
    assert [(v.modality, v.crop, v.colour_box) for v in found] == [("bmode", left, None), ("doppler", right, flow)]


def test_region_that_is_colour_flow_alone() -> None:
    left, right = Box(100, 50, 300, 400), Box(320, 50, 520, 400)
    found = views(screen(speckle(350, 420), (50, 100)), a_region(left, 1), a_region(right, FLOW))
    assert [(v.modality, v.crop) for v in found] == [("bmode", left), ("doppler", right)]


def test_colour_counts_though_the_region_says_tissue() -> None:
    box = Box(120, 40, 520, 400)
    frame = screen(with_flow(speckle(360, 400), (180, 150)), (40, 120))
    (view,) = views(frame, a_region(box, 1))
    assert view.modality == "doppler" and "coloured pixels" in view.why
    assert view.colour_box is not None and box.overlap(view.colour_box) == view.colour_box.area


def test_colour_bar_region_is_cut_off() -> None:
    regions = (a_region(Box(100, 50, 500, 400), 1), a_region(Box(480, 60, 495, 200), 0xE))
    (view,) = views(screen(speckle(350, 400), (50, 100)), *regions)
    assert view.crop == Box(100, 50, 480, 400)


@pytest.mark.parametrize("data_type, spatial_format", [(3, 3), (4, 3), (1, 2)])
def test_traces_are_recognised_by_their_region(data_type: int, spatial_format: int) -> None:
    trace = a_region(Box(50, 240, 600, 460), data_type, spatial_format)
    alone = views(screen(speckle(200, 400), (20, 100)), trace)
    duplex = views(screen(speckle(200, 400), (20, 100)), trace, a_region(Box(100, 20, 500, 220), 1))
    assert [v.modality for v in (*alone, *duplex)] == ["spectral", "spectral"]


def test_a_thin_ecg_line_does_not_make_a_trace() -> None:
    ecg = a_region(Box(100, 400, 500, 430), 0xA, 4)
    (view,) = views(screen(speckle(350, 400), (40, 100)), a_region(Box(100, 40, 500, 390), 1), ecg)
    assert view.modality == "bmode"


def test_picture_without_regions_is_cut_out_of_its_text() -> None:
    (view,) = views(screen(speckle(360, 400), (50, 130)))
    assert view.modality == "bmode" and overlap(view.crop, Box(130, 50, 530, 410)) > 0.93


def test_flow_without_regions() -> None:
    (view,) = views(screen(with_flow(speckle(360, 400), (150, 200), radius=10), (50, 130)))
    assert view.modality == "doppler" and overlap(view.crop, Box(130, 50, 530, 410)) > 0.93
    assert view.colour_box is not None and overlap(view.colour_box, Box(320, 190, 362, 211)) > 0.4


@pytest.mark.parametrize("tint", [(255, 215, 160), (170, 205, 255)], ids=["sepia", "blue"])
def test_tinted_grey_map_is_bmode_and_flow_on_it_is_seen(tint: tuple[int, int, int]) -> None:
    def tinted(picture: Pixels) -> Pixels:
        return (picture * (np.array(tint) / 255)).astype(np.uint8)

    plain = screen(tinted(speckle(360, 400)), (50, 130))
    flow = screen(with_flow(tinted(speckle(360, 400)), (150, 200)), (50, 130))
    assert [v.modality for v in (*views(plain), *views(flow))] == ["bmode", "doppler"]


def test_calipers_text_bar_and_logo_are_no_flow() -> None:
    picture = speckle(360, 400)
    cv2.putText(picture, "A", (20, 330), cv2.FONT_HERSHEY_SIMPLEX, 0.6, (255, 255, 0), 1)
    cv2.line(picture, (100, 100), (250, 180), (0, 255, 120), 1)
    cv2.drawMarker(picture, (100, 100), (255, 200, 0), cv2.MARKER_CROSS, 14, 2)
    picture[60:200, 380:384] = (0, 160, 90)  # the scanner's slider: one colour
    cv2.circle(picture, (30, 20), 7, (0, 90, 220), -1)
    (view,) = views(screen(picture, (50, 130)))
    assert view.modality == "bmode", view.why


def with_scale(frame: Pixels, x: int) -> Pixels:
    """A red to black to blue velocity scale at a column."""
    out, half = frame.copy(), np.linspace(255, 0, 60)
    out[100:220, x : x + 12] = 0
    out[100:160, x : x + 12, 0] = half[:, None]
    out[160:220, x : x + 12, 2] = half[::-1, None]
    return out


def test_colour_scale_tells_doppler_in_which_nothing_flows() -> None:
    (view,) = views(with_scale(screen(speckle(360, 400), (50, 130)), 545))
    assert view.modality == "doppler" and "nothing flows" in view.why and view.colour_box is None


def test_colour_scale_inside_the_picture_is_not_taken_for_flow() -> None:
    (view,) = views(with_scale(screen(with_flow(speckle(360, 400), (150, 200)), (50, 130)), 515))
    assert view.modality == "doppler"
    assert view.colour_box is not None and view.colour_box.x1 < 400


def test_colour_scale_belongs_to_the_nearer_of_two_pictures() -> None:
    halves = [speckle(340, 220, seed=n) for n in (1, 2)]
    frame = screen(np.concatenate([halves[0], np.zeros((340, 12, 3), np.uint8), halves[1]], axis=1), (50, 90))
    assert [v.modality for v in views(with_scale(frame, 570))] == ["bmode", "doppler"]


def test_colour_box_line_is_no_baseline() -> None:
    picture = with_flow(speckle(360, 400), (280, 150))
    cv2.rectangle(picture, (5, 200), (394, 340), (230, 230, 230), 1)
    assert [v.modality for v in views(screen(picture, (50, 130)))] == ["doppler"]


@pytest.mark.parametrize("coloured_side", [0, 1, None])
def test_dark_gap_parts_two_pictures(coloured_side: int | None) -> None:
    halves = [speckle(340, 240, seed=n) for n in (1, 2)]
    if coloured_side is not None:
        halves[coloured_side] = with_flow(halves[coloured_side], (150, 100))
    frame = screen(np.concatenate([halves[0], np.zeros((340, 12, 3), np.uint8), halves[1]], axis=1), (50, 90))
    found = views(frame)
    assert [v.modality for v in found] == ["doppler" if n == coloured_side else "bmode" for n in (0, 1)]
    wanted = [Box(90, 50, 330, 390), Box(342, 50, 582, 390)]
    assert all(overlap(v.crop, w) > 0.9 for v, w in zip(found, wanted, strict=True))


def test_seam_with_colour_on_one_side_parts_two_pictures() -> None:
    halves = [speckle(340, 240, seed=1), with_flow(speckle(340, 240, seed=2, level=110), (150, 100))]
    found = views(screen(np.concatenate(halves, axis=1), (50, 90)))
    assert [v.modality for v in found] == ["bmode", "doppler"]
    assert found[1].crop is not None and abs(found[1].crop.x0 - 330) <= 2


def test_acoustic_shadow_is_no_gap() -> None:
    picture = speckle(360, 400)
    picture[60:, 190:215] //= 12
    assert len(views(screen(picture, (50, 130)))) == 1


def test_spectral_trace_in_the_pixels() -> None:
    rng = np.random.default_rng(3)
    strip = np.zeros((180, 500, 3), np.uint8)
    height = (45 + 40 * np.sin(np.arange(500) / 15) ** 2).astype(int)
    for x, h in enumerate(height):
        column = rng.uniform(40, 200, h) * np.linspace(1, 0.5, h)
        strip[120 - h : 120, x] = column[::-1, None].astype(np.uint8)
    strip[120:122] = 200
    frame = screen(speckle(200, 500), (20, 80))
    frame[240:420, 80:580] = strip
    (view,) = views(frame)
    assert view.modality == "spectral" and "baseline" in view.why


def test_grey_photometric_is_never_doppler() -> None:
    frame = screen(with_flow(speckle(360, 400), (150, 200)), (50, 130))
    assert views(frame, photometric="MONOCHROME2")[0].modality == "bmode"


@pytest.mark.parametrize("name", ["examples_jpeg2k.dcm", "examples_rgb_color.dcm"])
def test_real_power_doppler_without_regions(name: str) -> None:
    file = read_header(PACKAGED / name)
    (view,) = find_views(file, read_frame(file.path).pixels)
    assert view.modality == "doppler" and view.crop is not None
    scale = file.columns / 640
    assert overlap(view.colour_box, Box(*(round(v * scale) for v in (88, 160, 515, 264)))) > 0.8


@pytest.mark.parametrize("name", ["examples_palette.dcm", "examples_ybr_color.dcm"])
def test_real_bmode_with_regions(name: str) -> None:
    file = read_header(PACKAGED / name)
    (view,) = find_views(file, read_frame(file.path, file.middle_frame).pixels)
    assert (view.modality, view.crop, view.frame) == ("bmode", file.regions[0].box, file.n_frames // 2)


@pytest.mark.data
def test_real_bmode_pictures_are_single_grey_pictures(shared_data: Path) -> None:
    pictures = sorted(shared_data.glob("*/images/*.png"))[::40]
    assert len(pictures) > 40
    for path in pictures:
        frame = read_frame(str(path)).pixels
        (view,) = views(frame)
        assert view.modality == "bmode", path.name
        assert overlap(view.crop, Box(0, 0, frame.shape[1], frame.shape[0])) > 0.6, path.name


boxes = st.tuples(st.integers(0, 40), st.integers(0, 40), st.integers(1, 40), st.integers(1, 40)).map(
    lambda b: Box(b[0], b[1], min(b[0] + b[2], 60), min(b[1] + b[3], 50))
)
regions = st.builds(a_region, boxes, st.sampled_from([0, 1, 2, 3, 10, 13, 14]), st.sampled_from([0, 1, 2, 3, 4]))


@settings(max_examples=60, deadline=None)
@given(st.lists(regions, max_size=4), hnp.arrays(np.uint8, (50, 60, 3)), st.sampled_from(["RGB", "MONOCHROME2"]))
def test_views_always_lie_in_the_frame(found: list[Region], frame: Pixels, photometric: str) -> None:
    file: UltrasoundFile = header(frame, regions=tuple(found), photometric=photometric)
    images = find_views(file, frame)
    assert images
    for image in images:
        assert image.modality in ("bmode", "doppler", "spectral") and image.why
        for box in (image.crop, image.colour_box):
            assert box is None or box.clipped(60, 50) == box
