"""Values of header elements as plain text and numbers, whatever state they are in."""

from __future__ import annotations

from typing import Any

import pydicom


def text_of(dataset: Any, keyword: str) -> str:
    """All values of an element as one text, "" when absent."""
    return "\\".join(values_of(dataset, keyword))


def values_of(dataset: Any, keyword: str) -> list[str]:
    """Values of an element as text without control characters; empty when absent or unreadable."""
    try:
        value = dataset.get(keyword)
    except Exception:  # an element that cannot be decoded says nothing
        return []
    if value is None or value == "":
        return []
    parts = value if isinstance(value, list | tuple | pydicom.multival.MultiValue) else [value]
    return [_printable(str(p)).strip() for p in parts]


def _printable(text: str) -> str:
    return text if text.isprintable() else "".join(c for c in text if c.isprintable())


def integer_of(dataset: Any, keyword: str, default: int) -> int:
    """The first value as a number, `default` when absent or none."""
    try:
        return int(values_of(dataset, keyword)[0])
    except (IndexError, ValueError):
        return default


def seconds_of_day(dataset: Any) -> float | None:
    """Seconds since midnight; DT is YYYYMMDDHHMMSS.F with an optional zone, TM is HHMMSS.F (PS3.5 6.2)."""
    for keyword, offset in (("AcquisitionDateTime", 8), ("AcquisitionTime", 0), ("ContentTime", 0)):
        text = text_of(dataset, keyword)[offset:].replace(":", "")
        digits = text.split("+")[0].split("-")[0]
        try:
            hours, minutes, seconds = int(digits[0:2]), int(digits[2:4] or 0), float(digits[4:] or 0)
        except ValueError:
            continue
        if hours < 24 and minutes < 60 and seconds < 61:
            return hours * 3600.0 + minutes * 60.0 + seconds
    return None


def descriptive_text(dataset: Any) -> str:
    """What a person or the scanner wrote of the place: descriptions, comments, views, codes' meanings."""
    words = [text_of(dataset, k) for k in ("SeriesDescription", "ProtocolName", "ImageComments", "ViewName")]
    for keyword in ("ViewCodeSequence", "AnatomicRegionSequence", "PrimaryAnatomicStructureSequence"):
        words += _meanings(dataset, keyword)
    for item in _items(dataset, "AcquisitionContextSequence"):
        words += _meanings(item, "ConceptCodeSequence")
        words.append(text_of(item, "TextValue"))
    return " | ".join(w for w in words if w)


def _meanings(dataset: Any, keyword: str) -> list[str]:
    found = []
    for item in _items(dataset, keyword):
        found.append(text_of(item, "CodeMeaning"))
        for modifier in ("ViewModifierCodeSequence", "AnatomicRegionModifierSequence"):
            found += [text_of(m, "CodeMeaning") for m in _items(item, modifier)]
        found += [text_of(m, "CodeMeaning") for m in _items(item, "PrimaryAnatomicStructureModifierSequence")]
    return found


def _items(dataset: Any, keyword: str) -> list[Any]:
    try:
        return list(dataset.get(keyword) or [])[:16]
    except Exception:  # a damaged sequence says nothing
        return []


def says_colour(dataset: Any) -> bool | None:
    """ImageType value 4 holds the US image type bits in hexadecimal, 0x10 = colour Doppler (PS3.3 C.8.5.6.1.1)."""
    if dataset.get("UltrasoundColorDataPresent") is not None:
        return integer_of(dataset, "UltrasoundColorDataPresent", 0) == 1
    values = values_of(dataset, "ImageType")
    try:
        return bool(int(values[3], 16) & 0x10)
    except (IndexError, ValueError):
        return None
