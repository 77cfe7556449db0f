"""How fast a multi-frame file is to be played (DICOM PS3.3 C.7.6.5 Cine Module, C.7.6.6 Multi-frame Module)."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from engine.dicom.headers_values import integer_of, values_of
from engine.domain.cine import CineTiming

TIMING_TAGS = (
    "FrameIncrementPointer", "FrameTimeVector", "FrameTime", "CineRate", "RecommendedDisplayFrameRate",
    "PreferredPlaybackSequencing",
)  # fmt: skip
"""Elements that `read_timing` looks at."""

ASSUMED_FRAMES_PER_S = 30
LEAST_MS, MOST_MS = 0.1, 60_000.0
"""Of one frame: no scanner is faster, and what stands for minutes is no cine."""
SWEEPING = 1
"""PreferredPlaybackSequencing (0018,1244)."""

_Found = tuple[tuple[float, ...], str]


def read_timing(dataset: Any, n_frames: int) -> CineTiming | None:
    """The file's own timing, None for a single frame.

    The element that FrameIncrementPointer (0028,0009) names counts first; then FrameTimeVector, FrameTime, CineRate,
    RecommendedDisplayFrameRate, and 30 frames/s where the file says nothing. A value that cannot be (0, negative, not
    a number, a vector of another length) is passed over.
    """
    if n_frames < 2:
        return None
    times, source = next(found for name in _order(dataset) if (found := _READERS[name](dataset, n_frames)) is not None)
    sweep = integer_of(dataset, "PreferredPlaybackSequencing", 0) == SWEEPING
    return CineTiming(frame_times_ms=times, source=source, sweep=sweep)


def _order(dataset: Any) -> list[str]:
    pointed = [_POINTED[p] for p in values_of(dataset, "FrameIncrementPointer") if p in _POINTED]
    return [*pointed[:1], *_READERS]


def _vector(dataset: Any, n_frames: int) -> _Found | None:
    """FrameTimeVector (0018,1065): the first value is 0, each further one the time since the frame before it."""
    texts = values_of(dataset, "FrameTimeVector")
    if len(texts) != n_frames or _number(texts[0]) is None:
        return None
    steps = [t for t in map(_frame_ms, texts[1:]) if t is not None]
    if len(steps) != n_frames - 1:
        return None
    # Nothing tells how long the last frame stays: as long as the others do.
    times = (*steps, math.fsum(steps) / len(steps))
    low, high = min(steps), max(steps)
    return (
        times,
        f"FrameTimeVector {low:.1f} ms" if high - low < 0.05 else f"FrameTimeVector {low:.1f} to {high:.1f} ms",
    )


def _frame_time(dataset: Any, n_frames: int) -> _Found | None:
    time = _frame_ms(_first(dataset, "FrameTime"))
    return None if time is None else ((time,) * n_frames, f"FrameTime {time:.1f} ms")


def _rate(keyword: str) -> Callable[[Any, int], _Found | None]:
    def read(dataset: Any, n_frames: int) -> _Found | None:
        rate = _number(_first(dataset, keyword))
        time = _frame_ms(str(1000.0 / rate)) if rate else None
        return None if time is None else ((time,) * n_frames, f"{keyword} {rate:g} frames/s")

    return read


def _assumed(_dataset: Any, n_frames: int) -> _Found:
    time = 1000.0 / ASSUMED_FRAMES_PER_S
    return (time,) * n_frames, f"no timing in the file: {ASSUMED_FRAMES_PER_S} frames/s"


_READERS: dict[str, Callable[[Any, int], _Found | None]] = {
    "FrameTimeVector": _vector,
    "FrameTime": _frame_time,
    "CineRate": _rate("CineRate"),
    "RecommendedDisplayFrameRate": _rate("RecommendedDisplayFrameRate"),
    "": _assumed,
}
_POINTED = {
    "(0018,1065)": "FrameTimeVector",
    "(0018,1063)": "FrameTime",
    "(0018,0040)": "CineRate",
    "(0008,2144)": "RecommendedDisplayFrameRate",
}


def _first(dataset: Any, keyword: str) -> str:
    return next(iter(values_of(dataset, keyword)), "")


def _number(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def _frame_ms(text: str) -> float | None:
    value = _number(text)
    return value if value is not None and LEAST_MS <= value <= MOST_MS else None
