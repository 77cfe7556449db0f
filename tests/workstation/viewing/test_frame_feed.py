"""Frames come from a real decoder process; the newest wish wins and memory answers at once."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from engine.dicom.write import UltrasoundHeader, write_ultrasound
from engine.domain.case import UltrasoundImage
from engine.domain.errors import CaseError
from engine.jobs import DecodedFrame
from workstation.bridge import Bridge
from workstation.viewing.frame_feed import FrameFeed

N_FRAMES = 6


@pytest.fixture(scope="module")
def loop(tmp_path_factory: pytest.TempPathFactory) -> UltrasoundImage:
    """A loop whose frames are told apart by their grey value, 20 times their number."""
    path = tmp_path_factory.mktemp("loop") / "loop.dcm"
    frames = np.stack([np.full((48, 64, 1), 20 * i, np.uint8) for i in range(N_FRAMES)])
    header = UltrasoundHeader(sop_uid="1.2.3", study_uid="1.2", series_uid="1.2.1", patient_id="loop")
    write_ultrasound(path, frames, header)
    return UltrasoundImage(path=str(path), modality="bmode", why="", rows=48, columns=64, n_frames=N_FRAMES)


@pytest.fixture
def feed(qtbot: QtBot) -> Iterator[FrameFeed]:
    bridge = Bridge()
    yield FrameFeed(bridge, parent=bridge)
    bridge.close()


def test_of_many_wishes_the_last_is_shown_last(qtbot: QtBot, feed: FrameFeed, loop: UltrasoundImage) -> None:
    came: list[DecodedFrame] = []
    feed.arrived.connect(lambda place, frame: came.append(frame))
    for index in (0, 1, 2, 3, 4):
        feed.want("bmode", loop.path, index)
    qtbot.waitUntil(lambda: bool(came) and came[-1].index == 4, timeout=30_000)
    assert len(came) < 5  # wishes in between were passed over
    assert (came[-1].pixels == 80).all()


def test_a_loop_is_decoded_ahead_and_then_comes_from_memory(
    qtbot: QtBot, feed: FrameFeed, loop: UltrasoundImage
) -> None:
    feed.fill("bmode", loop)
    qtbot.waitUntil(lambda: len(feed.cache) == N_FRAMES, timeout=30_000)
    came: list[int] = []
    feed.arrived.connect(lambda place, frame: came.append(frame.index))
    feed.want("bmode", loop.path, 3)
    assert came == [3]


def test_a_file_that_is_gone_is_told_by_name(qtbot: QtBot, feed: FrameFeed, tmp_path: Path) -> None:
    failed: list[CaseError] = []
    feed.failed.connect(lambda place, error: failed.append(error))
    feed.want("bmode", str(tmp_path / "gone.dcm"), 0)
    qtbot.waitUntil(lambda: bool(failed), timeout=30_000)
    assert "gone.dcm" in failed[0].sentence


def test_what_is_no_longer_wanted_does_not_arrive(qtbot: QtBot, feed: FrameFeed, loop: UltrasoundImage) -> None:
    came: list[str] = []
    feed.arrived.connect(lambda place, frame: came.append(place))
    feed.want("bmode", loop.path, 0)
    feed.forget("bmode")
    feed.want("doppler", loop.path, 1)
    qtbot.waitUntil(lambda: "doppler" in came, timeout=30_000)
    assert came == ["doppler"]
