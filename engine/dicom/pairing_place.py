"""Where in the body a picture was taken, read from the free text and codes of its header."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TypeVar

_Value = TypeVar("_Value")


@dataclass(frozen=True, kw_only=True)
class Place:
    """What the header says of the place; empty or None where it says nothing. Keeps no free text.

    Attributes
    ----------
    side : "left", "right" or "".
    clock : clock face in hours, 1 to 12 in halves.
    distance_cm : from the nipple.
    quadrant : "upper outer", "retroareolar", "axilla" ...
    plane : "radial", "antiradial", "transverse", "longitudinal" or "".
    lesion : the number or letter that the text gives the lesion, e.g. "2".
    """

    side: str = ""
    clock: float | None = None
    distance_cm: float | None = None
    quadrant: str = ""
    plane: str = ""
    lesion: str = ""

    @property
    def is_specific(self) -> bool:
        """True when it names more than the side."""
        return bool(self.clock is not None or self.quadrant or self.lesion)

    def words(self) -> str:
        """For people, e.g. "right breast, 10 o'clock, 3 cm from the nipple, radial"."""
        parts = [self.side and f"{self.side} side", f"lesion {self.lesion}" if self.lesion else ""]
        parts += [clock_words(self.clock) if self.clock is not None else "", self.quadrant]
        parts += [f"{self.distance_cm:g} cm from the nipple" if self.distance_cm is not None else "", self.plane]
        return ", ".join(p for p in parts if p)


def clock_words(clock: float) -> str:
    """ "10 o'clock" or "10:30"."""
    return f"{int(clock)}:30" if clock % 1 else f"{int(clock)} o'clock"


_RIGHT = re.compile(r"\b(?:right|rt|r(?=\s+(?:breast|br)\b|\s+\d))\b")
_LEFT = re.compile(r"\b(?:left|lt|l(?=\s+(?:breast|br)\b|\s+\d))\b")
_CLOCK = re.compile(
    r"\b(1[0-2]|0?[1-9])(?::(00|30))?\s*(?:o\s*['’]?\s*cl(?:oc)?k?\b|h\b|uhr\b)|\b(1[0-2]|0?[1-9]):(00|30)\b(?!:)"
)
_DISTANCE = re.compile(
    r"(?<![\d:.])(\d{1,2}(?:\.\d+)?)\s*(cm|mm)?\s*(?:fn\b|f/n\b|(?:from|fr)\s+(?:the\s+)?(?:nipple|nip)\b)|\bfn\s*(\d{1,2}(?:\.\d+)?)\s*(cm|mm)?"
)
_LESION = re.compile(r"\b(?:lesion|mass|nodule|finding|target|area)\s*#?\s*(\d{1,2}|[a-h])\b")
_PLANES = (
    ("antiradial", re.compile(r"\b(?:a\s?-?\s?rad|anti\s?-?\s?rad)(?:ial)?\b")),
    ("radial", re.compile(r"\brad(?:ial)?\b")),
    ("transverse", re.compile(r"\b(?:trv|trans|tran|transverse)\b")),
    ("longitudinal", re.compile(r"\b(?:lon|long|longitudinal|sag|sagittal)\b")),
)
_QUADRANTS = (
    ("upper outer", re.compile(r"\buoq\b|\bupper[\s-]+outer|\bouter[\s-]+upper")),
    ("upper inner", re.compile(r"\buiq\b|\bupper[\s-]+inner|\binner[\s-]+upper")),
    ("lower outer", re.compile(r"\bloq\b|\blower[\s-]+outer|\bouter[\s-]+lower")),
    ("lower inner", re.compile(r"\bliq\b|\blower[\s-]+inner|\binner[\s-]+lower")),
    ("retroareolar", re.compile(r"\b(?:retro|sub|peri)[\s-]?areolar\b|\bra\b")),
    ("axilla", re.compile(r"\baxill(?:a|ary)\b|\bax\b")),
)


def parse_place(text: str, laterality: str = "") -> Place:
    """The place named by descriptive text; a coded laterality ("R", "L") counts more than words.

    Text that names both sides names none; so does a lesion or clock face that is named twice and differently.
    """
    text = re.sub(r"[_;,|^()\[\]]+", " ", text.lower())
    return Place(
        side={"R": "right", "L": "left"}.get(laterality.strip().upper()[:1], "") or _side(text),
        clock=_only({_hours(m) for m in _CLOCK.finditer(text)}),
        distance_cm=_only({_centimetres(m) for m in _DISTANCE.finditer(text)}),
        quadrant=_first(_QUADRANTS, text),
        plane=_first(_PLANES, text),
        lesion=_only({m.group(1) for m in _LESION.finditer(text)}) or "",
    )


def _side(text: str) -> str:
    right, left = bool(_RIGHT.search(text)), bool(_LEFT.search(text))
    return "" if right == left else "right" if right else "left"


def _hours(match: re.Match[str]) -> float:
    hour, minutes = match.group(1) or match.group(3), match.group(2) or match.group(4)
    return int(hour) + (0.5 if minutes == "30" else 0.0)


def _centimetres(match: re.Match[str]) -> float:
    number, unit = match.group(1) or match.group(3), match.group(2) or match.group(4)
    return float(number) / (10.0 if unit == "mm" else 1.0)


def _first(names: tuple[tuple[str, re.Pattern[str]], ...], text: str) -> str:
    return next((name for name, pattern in names if pattern.search(text)), "")


def _only(values: set[_Value]) -> _Value | None:
    return next(iter(values)) if len(values) == 1 else None
