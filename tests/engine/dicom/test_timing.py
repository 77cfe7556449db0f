"""The file's own timing, read from real files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pydicom.data import get_testdata_file

from engine.child.codec import decode, encode
from engine.dicom.headers import read_header
from engine.dicom.views import find_views
from engine.domain.cine import CineTiming
from tests.engine.dicom.making import write

FRAMES = np.zeros((4, 24, 32, 3), np.uint8)
FRAME_TIME, FRAME_TIME_VECTOR = 0x00181063, 0x00181065
VECTOR = [0, 20, 30, 40]
NOTHING = "no timing in the file: 30 frames/s"


def timing_of(tmp_path: Path, **elements: Any) -> CineTiming:
    timing = read_header(write(tmp_path / "a.dcm", FRAMES, **elements)).timing
    assert timing is not None
    assert timing.n_frames == 4
    return timing


@pytest.mark.parametrize(
    ("elements", "times", "source"),
    [
        ({"FrameTime": 33.3}, [33.3] * 4, "FrameTime 33.3 ms"),
        ({"FrameTimeVector": VECTOR}, [20, 30, 40, 30], "FrameTimeVector 20.0 to 40.0 ms"),
        ({"FrameTimeVector": [0, 25, 25, 25]}, [25] * 4, "FrameTimeVector 25.0 ms"),
        ({"CineRate": 25}, [40] * 4, "CineRate 25 frames/s"),
        ({"RecommendedDisplayFrameRate": 20}, [50] * 4, "RecommendedDisplayFrameRate 20 frames/s"),
        ({}, [1000 / 30] * 4, NOTHING),
    ],
)
def test_every_source_by_itself(tmp_path: Path, elements: dict[str, Any], times: list[float], source: str) -> None:
    timing = timing_of(tmp_path, **elements)
    assert timing.frame_times_ms == pytest.approx(times)
    assert timing.source == source


def test_the_order_of_sources(tmp_path: Path) -> None:
    elements: dict[str, Any] = {
        "FrameTimeVector": VECTOR,
        "FrameTime": 50,
        "CineRate": 25,
        "RecommendedDisplayFrameRate": 10,
    }
    found = []
    while elements:
        found.append(timing_of(tmp_path, **elements).source.split()[0])
        elements.pop(next(iter(elements)))
    assert found == ["FrameTimeVector", "FrameTime", "CineRate", "RecommendedDisplayFrameRate"]


def test_the_frame_increment_pointer_decides(tmp_path: Path) -> None:
    both = {"FrameTimeVector": VECTOR, "FrameTime": 50}
    assert timing_of(tmp_path, **both, FrameIncrementPointer=FRAME_TIME).source == "FrameTime 50.0 ms"
    assert timing_of(tmp_path, **both, FrameIncrementPointer=FRAME_TIME_VECTOR).source.startswith("FrameTimeVector")
    assert timing_of(tmp_path, FrameTimeVector=VECTOR, FrameIncrementPointer=FRAME_TIME).source.startswith(
        "FrameTimeVector"
    ), "what it points to is not there"


@pytest.mark.parametrize("nonsense", ["0", "-33.3", "NaN", "inf", "1e-9", "1e9", "abc", ""])
def test_a_frame_time_that_cannot_be_is_passed_over(tmp_path: Path, nonsense: str) -> None:
    path = write(tmp_path / "a.dcm", FRAMES, FrameTime="33.3456", CineRate=25)
    content = path.read_bytes()
    assert content.count(b"33.3456 ") == 1
    path.write_bytes(content.replace(b"33.3456 ", nonsense.encode().ljust(8)))
    timing = read_header(path).timing
    assert timing is not None
    assert timing.source == "CineRate 25 frames/s"


@pytest.mark.parametrize("vector", [[0, 20, 30], [0, 20, 30, 40, 50], [0, 20, 0, 40], [0, 20, -30, 40], [0, 2e6, 1, 1]])
def test_a_vector_that_cannot_be_is_passed_over(tmp_path: Path, vector: list[float]) -> None:
    timing = timing_of(tmp_path, FrameTimeVector=vector, FrameIncrementPointer=FRAME_TIME_VECTOR, FrameTime=50)
    assert timing.source == "FrameTime 50.0 ms"


@pytest.mark.parametrize("rate", [0, -25])
def test_a_rate_that_cannot_be_is_passed_over(tmp_path: Path, rate: int) -> None:
    assert timing_of(tmp_path, CineRate=rate).source == NOTHING


@pytest.mark.parametrize(("value", "sweep"), [(None, False), (0, False), (1, True), (7, False)])
def test_playback_sequencing(tmp_path: Path, value: int | None, sweep: bool) -> None:
    elements = {} if value is None else {"PreferredPlaybackSequencing": value}
    assert timing_of(tmp_path, **elements).sweep is sweep


def test_a_single_frame_has_no_timing(tmp_path: Path) -> None:
    assert read_header(write(tmp_path / "a.dcm", FRAMES[0], FrameTime=33)).timing is None


def test_the_timing_reaches_the_picture_and_passes_between_processes() -> None:
    file = read_header(str(get_testdata_file("examples_ybr_color.dcm", download=False)))
    (image,) = find_views(file, np.zeros((file.rows, file.columns, 3), np.uint8))
    assert image.timing is not None
    assert image.timing.source == "FrameTime 33.3 ms"
    assert image.timing.frame_times_ms == (33.333,) * 30
    assert decode(encode(image)) == image
