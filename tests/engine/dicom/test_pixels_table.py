"""Every photometric interpretation in every transfer syntax that can hold it: lossless means no difference at all."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pydicom import uid

from engine.dicom.pixels import read_dicom_frame
from tests.engine.dicom import made_files, reference_colours
from tests.engine.dicom.dcmtk import dcmtk_picture, needs_dcmtk

SHAPE = (2, 34, 36)
"""Frames, rows, columns; the second frame is read."""


def values(dtype: str, low: int, high: int, per_pixel: int = 1) -> np.ndarray:
    """Random samples that hold both ends of their range."""
    made = np.random.default_rng(7).integers(low, high + 1, (*SHAPE, per_pixel)).astype(dtype)
    made[:, 0, 0], made[:, 0, 1] = low, high
    return made


def halved_chroma(samples: np.ndarray) -> np.ndarray:
    """The same with one pair of colour values for two pixels."""
    samples = samples.copy()
    samples[:, :, 1::2, 1:] = samples[:, :, 0::2, 1:]
    return samples


RAMP = np.random.default_rng(9).integers(0, 65_536, (3, 256)).astype("<u2")


def palette_elements(entries: np.ndarray, bits: int, *, big: bool = False) -> dict[str, Any]:
    """Lookup tables with 16-bit words or with 8-bit entries in pairs."""
    made: dict[str, Any] = {}
    for row, colour in zip(entries, ("Red", "Green", "Blue"), strict=True):
        data = row.astype("<u2").tobytes() if bits == 16 else row.astype(np.uint8).tobytes()
        words = np.frombuffer(data, dtype="<u2")
        made[f"{colour}PaletteColorLookupTableDescriptor"] = [len(row), 0, bits]
        made[f"{colour}PaletteColorLookupTableData"] = words.astype(">u2").tobytes() if big else data
    return made


@dataclass(frozen=True)
class Kind:
    photometric: str
    samples: np.ndarray
    expected: Callable[[np.ndarray], np.ndarray]
    bits_stored: int = 0
    planar: int = 0
    subsampled: bool = False
    elements: dict[str, Any] = field(default_factory=dict)
    palette: tuple[np.ndarray, int] | None = None


def through(table: np.ndarray) -> Callable[[np.ndarray], np.ndarray]:
    return lambda s: table.T[s[..., 0]].astype(np.uint8)


def share(top: int) -> Callable[[np.ndarray], np.ndarray]:
    return lambda s: reference_colours.rounded(s.astype(np.float64) / top * 255)


PLAIN: Callable[[np.ndarray], np.ndarray] = reference_colours.rounded
GREY, COLOUR = values("uint8", 0, 255), values("uint8", 0, 255, 3)
WINDOW = {"WindowCenter": 1000, "WindowWidth": 700}
KINDS = {
    "grey": Kind("MONOCHROME2", GREY, PLAIN),
    "grey inverse": Kind("MONOCHROME1", GREY, lambda s: 255 - PLAIN(s)),
    "grey window": Kind(
        "MONOCHROME2", GREY, lambda s: reference_colours.window(s, 100, 90),
        elements={"WindowCenter": [100, 5], "WindowWidth": [90, 7]},
    ),
    "grey 12 bit": Kind("MONOCHROME2", values("uint16", 0, 4095), share(4095), bits_stored=12),
    "grey 12 bit window": Kind(
        "MONOCHROME2", values("uint16", 0, 4095), lambda s: reference_colours.window(s, 1000, 700), bits_stored=12,
        elements=WINDOW,
    ),
    "grey 16 bit": Kind("MONOCHROME2", values("uint16", 0, 65_535), share(65_535)),
    "grey signed": Kind(
        "MONOCHROME2", values("int16", -32_768, 32_767), lambda s: reference_colours.window(s * 2.0 + 3, 40, 4000),
        elements={"WindowCenter": 40, "WindowWidth": 4000, "RescaleSlope": 2, "RescaleIntercept": 3},
    ),
    "grey signed 10 bit": Kind(
        "MONOCHROME2", values("int16", -512, 511), lambda s: share(1023)(s.astype(np.int64) + 512), bits_stored=10
    ),
    "rgb": Kind("RGB", COLOUR, PLAIN),
    "rgb planar": Kind("RGB", COLOUR, PLAIN, planar=1),
    "rgb 16 bit": Kind("RGB", values("uint16", 0, 65_535, 3), lambda s: (s >> 8).astype(np.uint8)),
    "ybr": Kind("YBR_FULL", COLOUR, reference_colours.ybr_full),
    "ybr planar": Kind("YBR_FULL", COLOUR, reference_colours.ybr_full, planar=1),
    "ybr 422": Kind("YBR_FULL_422", halved_chroma(COLOUR), reference_colours.ybr_full, subsampled=True),
    "ybr 422 not subsampled": Kind("YBR_FULL_422", COLOUR, reference_colours.ybr_full),
    "ybr partial 422": Kind("YBR_PARTIAL_422", halved_chroma(COLOUR), reference_colours.ybr_partial, subsampled=True),
    "ybr rct": Kind("YBR_RCT", COLOUR, PLAIN),
    "palette 16 bit": Kind("PALETTE COLOR", GREY, through(RAMP >> 8), palette=(RAMP, 16)),
    "palette 8 bit": Kind("PALETTE COLOR", GREY, through(RAMP & 255), palette=(RAMP & 255, 8)),
    "palette 8 in 16 bit": Kind("PALETTE COLOR", GREY, through(RAMP & 255), palette=(RAMP & 255, 16)),
    "palette short": Kind(
        "PALETTE COLOR", GREY, through(RAMP[:, np.minimum(np.arange(256), 99)] >> 8), palette=(RAMP[:, :100], 16)
    ),
    "palette of 16-bit values": Kind(
        "PALETTE COLOR", values("uint16", 0, 255), through(RAMP >> 8), palette=(RAMP, 16), bits_stored=16
    ),
}  # fmt: skip
COMPRESSED = (
    uid.RLELossless, uid.JPEGLossless, uid.JPEGLosslessSV1, uid.JPEGLSLossless, uid.JPEGLSNearLossless,
    uid.JPEG2000Lossless,
)  # fmt: skip
SYNTAXES = (*made_files.NATIVE, made_files.DEFLATED, *COMPRESSED)


def fits(kind: str, syntax: str) -> bool:
    if kind == "ybr rct":
        return syntax == uid.JPEG2000Lossless
    if syntax == uid.JPEGLSNearLossless:
        return kind in ("grey", "rgb", "grey inverse")
    uncompressed_only = "422" in kind or "planar" in kind
    return not (uid.UID(syntax).is_encapsulated and uncompressed_only)


TABLE = [(kind, syntax) for kind in KINDS for syntax in SYNTAXES if fits(kind, syntax)]


def written(path: Path, kind: Kind, syntax: str) -> Path:
    elements = dict(kind.elements)
    if kind.palette is not None:
        elements |= palette_elements(*kind.palette, big=syntax == uid.ExplicitVRBigEndian)
    return made_files.dicom_file(
        path, kind.samples, kind.photometric, syntax, planar=kind.planar, bits_stored=kind.bits_stored,
        subsampled=kind.subsampled, **elements,
    )  # fmt: skip


@pytest.mark.parametrize(("name", "syntax"), TABLE, ids=[f"{k}-{uid.UID(s).keyword}" for k, s in TABLE])
def test_stored_values_become_the_colours_of_the_standard(name: str, syntax: str, tmp_path: Path) -> None:
    kind = KINDS[name]
    frame = read_dicom_frame(str(written(tmp_path / "a.dcm", kind, syntax)), 1)
    assert (frame.index, frame.n_frames) == (1, 2) and frame.pixels.dtype == np.uint8
    difference = np.abs(frame.pixels.astype(int) - kind.expected(kind.samples[1]))
    assert difference.max() <= (2 if syntax == uid.JPEGLSNearLossless else 0)


DCMTK_SYNTAXES = (*made_files.NATIVE, made_files.DEFLATED, uid.RLELossless, uid.JPEGLossless, uid.JPEGLosslessSV1)
MENDED = ("ybr 422 not subsampled", "palette 8 in 16 bit")
"""Common mistakes of writers, which dcmtk takes literally."""
DCMTK_TABLE = [
    (kind, syntax) for kind, syntax in TABLE
    if syntax in DCMTK_SYNTAXES and not kind.startswith("grey") and kind not in MENDED
]  # fmt: skip


@needs_dcmtk
@pytest.mark.parametrize(("name", "syntax"), DCMTK_TABLE, ids=[f"{k}-{uid.UID(s).keyword}" for k, s in DCMTK_TABLE])
def test_dcmtk_agrees_on_colours(name: str, syntax: str, tmp_path: Path) -> None:
    path = written(tmp_path / "a.dcm", KINDS[name], syntax)
    judge = dcmtk_picture(path, 1)
    difference = np.abs(read_dicom_frame(str(path), 1).pixels.astype(int) - judge)
    assert difference.max() <= (2 if "ybr" in name or "16 bit" in name or "palette" in name else 0)
