"""Coloured share against what was drawn."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from engine.data.phantom import breast
from engine.data.phantom.cases import simulate
from engine.data.phantom.flow import Flow, draw_flow
from engine.dicom.vascularity import LINE_PX, vascularity
from engine.domain.case import Box, Region, UltrasoundImage
from engine.domain.roi import Roi, RoiShape
from tests.engine.dicom.making import speckle


def image_of(frame: np.ndarray, box: Box | None, *regions: Region) -> UltrasoundImage:
    rows, columns = frame.shape[:2]
    flow = (Region(box=box, data_type=2, spatial_format=1),) if box else ()
    return UltrasoundImage(
        path="", modality="doppler", why="", rows=rows, columns=columns, colour_box=box, regions=(*flow, *regions)
    )


@pytest.mark.parametrize("index", [0, 1, 3, 4])
def test_phantom_flow_is_measured_as_it_was_drawn(index: int, monkeypatch: pytest.MonkeyPatch) -> None:
    drawn: list[Flow] = []
    monkeypatch.setattr(breast, "draw_flow", lambda *a: drawn.append(draw_flow(*a)) or drawn[-1])
    frame = simulate("breast_lesion", 3, index, cine=False).views["doppler"].frame
    box, moving = drawn[0].box, drawn[0].velocity != 0
    inner = np.zeros_like(moving)
    inner[box.y0 + LINE_PX : box.y1 - LINE_PX, box.x0 + LINE_PX : box.x1 - LINE_PX] = True
    image = image_of(frame, box)
    whole = vascularity(image, frame)
    assert whole.pixels == inner.sum()
    assert whole.percent == pytest.approx(100 * (moving & inner).sum() / inner.sum(), abs=0.05)
    for shape in RoiShape:
        middle = Box(box.x0 + box.width // 4, box.y0 - 10, box.x1, box.y1 - box.height // 3)
        roi = Roi(shape=shape, box=middle)
        inside = inner & roi.mask(*moving.shape)
        part = vascularity(image, frame, roi)
        assert part.pixels == inside.sum()
        assert part.percent == pytest.approx(100 * (moving & inside).sum() / inside.sum(), abs=0.1)


def test_colour_bar_and_a_coloured_box_line_do_not_count() -> None:
    frame = speckle(200, 300)
    box = Box(50, 40, 250, 160)
    frame[60:80, 100:140] = (220, 40, 20)
    expected = vascularity(image_of(frame, box), frame)
    assert expected.coloured_pixels == 20 * 40
    green = frame.copy()
    green[box.y0 : box.y0 + 2, box.x0 : box.x1] = green[box.y1 - 2 : box.y1, box.x0 : box.x1] = (0, 220, 0)
    green[box.y0 : box.y1, box.x0 : box.x0 + 2] = green[box.y0 : box.y1, box.x1 - 2 : box.x1] = (0, 220, 0)
    assert vascularity(image_of(green, box), green) == expected
    bar = Box(236, 50, 246, 150)
    green[bar.y0 : bar.y1, bar.x0 : bar.x1] = (0, 0, 220)
    told = vascularity(image_of(green, box, Region(box=bar, data_type=0xE, spatial_format=5)), green)
    assert told.coloured_pixels == expected.coloured_pixels
    assert told.pixels == expected.pixels - bar.area


def test_a_tinted_grey_picture_has_no_flow() -> None:
    frame = (speckle(200, 300).astype(np.float32) * (1.0, 0.85, 0.6)).astype(np.uint8)
    assert vascularity(image_of(frame, Box(50, 40, 250, 160)), frame).percent == 0.0


def test_where_was_counted_is_said() -> None:
    frame = speckle(200, 300)
    told = image_of(frame, Box(50, 40, 250, 160))
    roi = Roi(shape=RoiShape.BOX, box=Box(60, 60, 100, 100))
    assert vascularity(told, frame, roi).inside == "region of interest and colour box"
    assert "as found" in vascularity(replace(told, regions=()), frame).inside
    assert "no colour box" in vascularity(replace(told, regions=(), colour_box=None), frame).inside
    beside = vascularity(told, frame, Roi(shape=RoiShape.BOX, box=Box(260, 60, 290, 100)))
    assert beside.percent is None
    assert str(beside) == "outside of the colour box"
