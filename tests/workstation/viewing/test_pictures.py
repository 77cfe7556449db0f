"""Grey values, evidence colours, frame memory and loops."""

from __future__ import annotations

import numpy as np
import pytest

from engine.domain.prediction import Heatmap
from engine.explain.colours import evidence_colours
from engine.jobs import DecodedFrame
from tests.workstation.reading.cases import TASK, case, image
from workstation.viewing.evidence_colours import STRONGEST_ALPHA, colour_table, coloured, refined
from workstation.viewing.frame_cache import FrameCache
from workstation.viewing.picture_text import choice_text, frame_text, missing_text, why
from workstation.viewing.window_level import PRESETS, WindowLevel


def heatmap(values: list[list[float]], **more: float) -> Heatmap:
    array = np.array(values, dtype=np.float32)
    known = {"x0": 0.0, "y0": 0.0, "x1": 10.0, "y1": 10.0, "full_scale": 4.0, "weak_below": 0.5}
    return Heatmap(values=array, towards="malignant", **(known | more))


def frame(name: str, index: int = 0, side: int = 10) -> DecodedFrame:
    return DecodedFrame(path=name, index=index, n_frames=5, pixels=np.zeros((side, side, 3), np.uint8))


def test_the_default_window_changes_nothing() -> None:
    np.testing.assert_array_equal(WindowLevel().table(), np.arange(256))


def test_a_narrow_window_follows_the_standards_formula() -> None:
    window = WindowLevel(width=100, centre=60)
    table = window.table()
    assert table[10] == 0 and table[110] == 255
    expected = np.rint(((60 - 59.5) / 99 + 0.5) * 255)  # PS3.3 C.11.2.1.2.1
    assert table[60] == expected
    assert (np.diff(table.astype(int)) >= 0).all()


def test_dragging_stays_within_what_can_be_shown() -> None:
    far = WindowLevel().moved(-1e4, 1e4)
    assert (far.width, far.centre) == (2, 255)
    assert far.table().tolist().count(255) + far.table().tolist().count(0) == 256
    assert all(p.window.width <= 512 for p in PRESETS)


def test_the_windows_colours_are_those_of_the_pictures_the_engine_writes() -> None:
    difference = colour_table()[:, :3].astype(int) - evidence_colours().astype(int)
    assert np.abs(difference).max() <= 8  # of 255: between two stops the straight line leaves the curve a little


def test_no_evidence_is_transparent_and_the_scale_is_the_same_for_every_picture() -> None:
    strong, weak = coloured(heatmap([[4.0, 0.0], [0.0, 0.0]])), coloured(heatmap([[1.0, 0.0], [0.0, -3.0]]))
    assert strong[0, 0, 3] == round(STRONGEST_ALPHA * 255) and weak[-1, -1, 3] == 0
    np.testing.assert_array_equal(weak[0, 0], colour_table()[round(255 / 4)])


def test_refining_keeps_peaks_and_invents_none() -> None:
    values = np.random.default_rng(1).normal(size=(7, 7)).astype(np.float32)
    fine = refined(values, 18)
    assert fine.shape == (126, 126)
    assert fine.max() <= values.max() + 1e-6
    np.testing.assert_allclose(refined(values, 3)[1::3, 1::3], values, rtol=1e-5)


def test_memory_for_frames_is_bounded_and_keeps_what_was_used_last() -> None:
    cache = FrameCache(capacity_bytes=3 * 300)
    for name in "abc":
        cache.put(frame(name))
    assert cache.get("a", 0) is not None
    cache.put(frame("d"))
    assert cache.get("b", 0) is None and cache.get("a", 0) is not None and cache.size_bytes == 900
    cache.put(frame("d"))
    assert cache.size_bytes == 900


def test_a_frame_larger_than_the_memory_is_still_shown() -> None:
    cache = FrameCache(capacity_bytes=10)
    cache.put(frame("a"))
    assert cache.get("a", 0) is not None and len(cache) == 1


def test_words_around_a_picture() -> None:
    pair = case("c-1", pairing="same side, 3 s apart.")
    assert why(TASK, pair, "bmode") == "looks like bmode"
    assert why(TASK, pair, "doppler") == "same side, 3 s apart · looks like doppler"
    assert frame_text(4, 12) == "5 of 12" and frame_text(0, 1) == ""
    assert "No Doppler image" in missing_text(TASK, pair, "doppler")


@pytest.mark.parametrize("seconds", [None, 45296.0])
def test_the_menu_names_kind_side_time_and_file(seconds: float | None) -> None:
    text = choice_text(TASK, image("spectral", "1.2", laterality="left", taken_at=seconds, n_frames=3))
    clock = " · 12:34" if seconds else ""
    assert text == f"spectral Doppler · left{clock} · 1.2.dcm · 3 frames"
