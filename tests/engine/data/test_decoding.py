"""Decode children with real files: answers, deaths, hangs, memory, order, cancel."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import psutil
import pytest

from engine.data.decoding import Decoder, DecoderPool
from engine.data.frames import read_frame
from engine.data.preprocess import PreparedCase, prepare
from engine.dicom.headers import read_header
from engine.domain.case import Box, Case, UltrasoundImage
from engine.domain.descriptors import Descriptors
from engine.domain.errors import CaseError, ErrorKind
from engine.domain.task import load_task
from tests.engine.dicom.packaged import PACKAGED

CLIP, COLOUR = str(PACKAGED / "examples_ybr_color.dcm"), str(PACKAGED / "examples_rgb_color.dcm")
TASK = load_task("breast_lesion")
needs_fifo = pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="a FIFO stands in for a decoder that hangs")


@pytest.fixture(scope="module")
def decoder() -> Iterator[Decoder]:
    with Decoder() as child:
        yield child


def image(path: str, modality: str = "bmode", **more: object) -> UltrasoundImage:
    return UltrasoundImage(path=path, modality=modality, why="", rows=240, columns=320, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize("index", [0, 17, 29])
def test_frames_are_those_of_the_file(decoder: Decoder, index: int) -> None:
    frame = decoder.frame(CLIP, index)
    assert (frame.index, frame.n_frames) == (index, 30)
    np.testing.assert_array_equal(frame.pixels, read_frame(CLIP, index).pixels)


def test_a_file_that_was_replaced_is_read_anew(decoder: Decoder, tmp_path: Path) -> None:
    path = tmp_path / "a.dcm"
    path.write_bytes(Path(CLIP).read_bytes())
    assert decoder.frame(str(path)).n_frames == 30
    path.write_bytes(Path(COLOUR).read_bytes())
    assert decoder.frame(str(path)).n_frames == 1


def test_prepared_squares_are_those_of_the_preprocessing(decoder: Decoder) -> None:
    wanted = image(CLIP, frame=4, crop=Box(30, 20, 300, 200))
    got, expected = decoder.prepared(wanted, 96), prepare(wanted, read_frame(CLIP, 4).pixels, 96)
    np.testing.assert_array_equal(got.pixels, expected.pixels)
    assert (got.x0, got.y0, got.x1, got.y1) == (expected.x0, expected.y0, expected.x1, expected.y1)


def test_a_case_has_the_images_and_descriptors_of_its_task(decoder: Decoder) -> None:
    images = {"doppler": image(CLIP, "doppler"), "bmode": image(COLOUR), "spectral": image("/nowhere", "spectral")}
    descriptors = Descriptors({"shape": (TASK.field("shape").terms[0].name,)})
    ready = decoder.prepare_case(Case(case_id="c", task=TASK.name, images=images, descriptors=descriptors), TASK, 64)
    assert list(ready.images) == list(TASK.images) and ready.has_descriptors and ready.descriptors.sum() == 1
    empty = decoder.prepare_case(Case(case_id="e", task=TASK.name), TASK, 64)
    assert not empty.images and not empty.has_descriptors


def test_views_are_found_in_the_middle_frame(decoder: Decoder) -> None:
    views = decoder.views(read_header(CLIP))
    assert views and all(v.path == CLIP for v in views)


def test_refusals_pass_as_they_are(decoder: Decoder, tmp_path: Path) -> None:
    (tmp_path / "empty.dcm").touch()
    with pytest.raises(CaseError, match=r"empty.dcm is empty") as caught:
        decoder.frame(str(tmp_path / "empty.dcm"))
    assert caught.value.kind is ErrorKind.CORRUPT
    pid = decoder.pid
    assert decoder.frame(CLIP).index == 0 and decoder.pid == pid


def test_a_file_that_ends_a_native_decoder(tmp_path: Path) -> None:
    """One changed byte of a lossless JPEG is an uncaught exception in GDCM, which aborts its process."""
    data = bytearray((PACKAGED / "SC_rgb_jpeg_gdcm.dcm").read_bytes())
    data[1373] = 139
    path = tmp_path / "deadly.dcm"
    path.write_bytes(data)
    with Decoder() as decoder:
        with pytest.raises(CaseError, match=r"^deadly.dcm cannot be") as caught:
            decoder.frame(str(path))
        assert caught.value.kind is ErrorKind.CORRUPT
        assert decoder.frame(CLIP).n_frames == 30


@needs_fifo
def test_a_death_names_the_file_and_costs_one_request(tmp_path: Path) -> None:
    """A FIFO keeps the child reading until it is killed, as a crash in a native decoder would end it."""
    os.mkfifo(tmp_path / "second.dcm")
    with Decoder(deadline_s=30) as decoder:
        decoder.start()
        first = decoder.pid
        threading.Timer(0.7, os.kill, (first, signal.SIGABRT)).start()
        with pytest.raises(CaseError, match=r"^second.dcm cannot be decoded safely") as caught:
            decoder.prepared_images([image(CLIP), image(str(tmp_path / "second.dcm"))], 64)
        assert caught.value.kind is ErrorKind.CORRUPT
        assert decoder.frame(CLIP).n_frames == 30 and decoder.pid != first


@needs_fifo
def test_a_hang_ends_at_the_deadline(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "hang.dcm")
    with Decoder(deadline_s=0.6) as decoder:
        decoder.start()
        began = time.monotonic()
        with pytest.raises(CaseError, match=r"^hang.dcm cannot be decoded safely"):
            decoder.frame(str(tmp_path / "hang.dcm"))
        assert time.monotonic() - began < 3
        assert decoder.frame(CLIP).n_frames == 30


@needs_fifo
def test_cancel_is_no_fault_of_the_file(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "hang.dcm")
    with Decoder(deadline_s=30) as decoder:
        decoder.start()
        threading.Timer(0.3, decoder.cancel).start()
        began = time.monotonic()
        with pytest.raises(CaseError, match="Cancelled") as caught:
            decoder.frame(str(tmp_path / "hang.dcm"))
        assert caught.value.kind is ErrorKind.STOPPED and time.monotonic() - began < 3


def test_too_little_memory_is_a_sentence() -> None:
    with Decoder(memory_bytes=700 * 2**20) as decoder:
        decoder.start()
        with pytest.raises(CaseError, match=r"examples_rgb_color.dcm") as caught:
            decoder.prepared(image(COLOUR), 20_000)
        assert caught.value.kind in (ErrorKind.TOO_LARGE, ErrorKind.CORRUPT)
        assert decoder.frame(CLIP).n_frames == 30


def test_closing_ends_the_child() -> None:
    decoder = Decoder()
    decoder.start()
    pid = decoder.pid
    assert pid is not None
    decoder.close()
    assert not psutil.pid_exists(pid)
    with pytest.raises(CaseError, match="closed"):
        decoder.frame(CLIP)


def test_the_pool_answers_in_order_and_a_bad_file_costs_its_own_case(tmp_path: Path) -> None:
    (tmp_path / "bad.dcm").write_bytes(b"no dicom at all")
    paths = [CLIP, str(tmp_path / "bad.dcm"), COLOUR] * 7
    cases = [Case(case_id=f"c{n}", task=TASK.name, images={"bmode": image(p)}) for n, p in enumerate(paths)]
    with DecoderPool(2) as pool:
        answers = list(pool.prepared_cases(iter(cases), TASK, 48))
    assert [case.case_id for case, _ in answers] == [case.case_id for case in cases]
    for number, (case, answer) in enumerate(answers):
        if number % 3 == 1:
            assert isinstance(answer, CaseError) and "bad.dcm" in answer.sentence
        else:
            assert isinstance(answer, PreparedCase) and answer.case_id == case.case_id


def test_the_pool_finds_views_in_order(tmp_path: Path) -> None:
    cut = tmp_path / "cut.dcm"
    cut.write_bytes(Path(CLIP).read_bytes()[:20_000])
    files = [read_header(CLIP), replace(read_header(CLIP), path=str(cut)), read_header(COLOUR)]
    with DecoderPool(2) as pool:
        answers = list(pool.views(files))
    assert [file for file, _ in answers] == files
    assert isinstance(answers[1][1], CaseError) and "cut.dcm is truncated" in answers[1][1].sentence
    for file, views in (answers[0], answers[2]):
        assert isinstance(views, tuple) and all(v.path == file.path for v in views)


def test_the_pool_looks_ahead_only_a_little() -> None:
    taken = 0

    def many() -> Iterator[Case]:
        nonlocal taken
        for taken in range(1, 1001):
            yield Case(case_id=f"c{taken}", task=TASK.name, images={"bmode": image(COLOUR)})

    with DecoderPool(1) as pool:
        answers = pool.prepared_cases(many(), TASK, 32)
        next(answers)
        time.sleep(0.3)
        assert taken < 12
        answers.close()  # type: ignore[attr-defined]


def test_the_child_needs_no_torch() -> None:
    program = "import sys, engine.data.decode_child, engine.data.decoding; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], cwd=Path(__file__).parents[3], check=False).returncode == 0
