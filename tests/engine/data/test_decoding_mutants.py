"""Damaged files by the hundred through the real decoder: the parent lives, every failure is a sentence, none is slow.

`SONOFUSE_MUTANTS` sets how many (default 300).
"""

from __future__ import annotations

import os
import struct
import time
from collections import Counter
from pathlib import Path

import numpy as np
import psutil

from engine.data.decoding import Decoder
from engine.domain.errors import CaseError, ErrorKind
from tests.engine.dicom.packaged import PACKAGED

COUNT = int(os.environ.get("SONOFUSE_MUTANTS", "300"))
SMALL = sorted(p for p in PACKAGED.glob("*.dcm") if p.stat().st_size < 60_000)
GEOMETRY = [struct.pack("<HH", 0x28, element) for element in (0x02, 0x04, 0x06, 0x08, 0x10, 0x11, 0x100, 0x101, 0x103)]
SLOWEST_S = 5.0
MOST_MEMORY = 1.5 * 2**30


def mutant(data: bytes, random: np.random.Generator) -> bytes:
    """30 % cut, 50 % with flipped bytes, 20 % with other numbers in the elements that describe the image."""
    choice, changed = random.random(), bytearray(data)
    if choice < 0.3:
        return data[: int(random.integers(0, len(data)))]
    if choice < 0.8:
        for _ in range(int(random.integers(1, 20))):
            changed[int(random.integers(128, len(changed)))] = int(random.integers(0, 256))
        return bytes(changed)
    place = data.find(GEOMETRY[int(random.integers(len(GEOMETRY)))], 132)
    if place >= 0:
        changed[place + 8 : place + 10] = int(random.integers(0, 65_536)).to_bytes(2, "little")
    return bytes(changed)


def test_mutants(tmp_path: Path) -> None:
    random = np.random.default_rng(2026)
    outcomes: Counter[str] = Counter()
    slowest, most_memory = 0.0, 0
    with Decoder() as decoder:
        decoder.start()
        for number in range(COUNT):
            source = SMALL[int(random.integers(len(SMALL)))]
            path = tmp_path / f"mutant{number}.dcm"
            path.write_bytes(mutant(source.read_bytes(), random))
            before, began = decoder.pid, time.monotonic()
            try:
                frame = decoder.frame(str(path))
                assert frame.pixels.dtype == np.uint8 and frame.pixels.shape[2] == 3
                outcomes["read"] += 1
            except CaseError as error:
                outcomes[error.kind.value] += 1
                assert error.kind is not ErrorKind.STOPPED, (source.name, number, error.detail)
                assert path.name in error.sentence, error.sentence
            if decoder.pid == before and before is not None:
                slowest = max(slowest, time.monotonic() - began)
                most_memory = max(most_memory, psutil.Process(before).memory_info().rss)
            else:
                outcomes["child ended"] += 1
            path.unlink()
    print(dict(outcomes), f"slowest {slowest:.2f} s, most memory {most_memory / 2**20:.0f} MB")  # noqa: T201
    assert slowest < SLOWEST_S and most_memory < MOST_MEMORY
    assert outcomes["read"] > COUNT // 10 and len(outcomes) > 3
