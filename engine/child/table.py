"""Many dataclass values of few kinds as one message, several times smaller and faster than one by one.

Plain fields are packed as they are. Every other field (regions, a place, a timing) is packed once for all values that
are alike there, as the files of one scanner mostly are; `engine.child.codec` packs those and decides what may be named.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any

import msgpack

from engine.child.codec import class_named, decode, encode, name_of

_PLAIN = (str, int, float, bool, type(None))


def pack(values: Sequence[Any]) -> bytes:
    """Bytes of frozen dataclass values; they must be hashable."""
    classes: dict[type, tuple[int, list[str]]] = {}
    parts: dict[Any, int] = {}
    rows = []
    for value in values:
        cls = type(value)
        if cls not in classes:
            classes[cls] = (len(classes), [f.name for f in dataclasses.fields(value)])
        number, names = classes[cls]
        plain: list[Any] = []
        links: list[int] = []
        for position, name in enumerate(names):
            content = getattr(value, name)
            if type(content) in _PLAIN:
                plain.append(content)
            else:
                plain.append(None)
                links += (position, parts.setdefault(content, len(parts)))
        rows.append((number, plain, links))
    heads = [(name_of(cls), names) for cls, (_, names) in classes.items()]
    packed: bytes = msgpack.packb((heads, [encode(p) for p in parts], rows))
    return packed


def unpack(data: bytes) -> list[Any]:
    """The values again; raises ValueError, TypeError or KeyError for bytes that `pack` of this version did not make."""
    heads, coded, rows = msgpack.unpackb(data, max_ext_len=0)
    parts = [decode(c) for c in coded]
    classes = [_restorer(name, names) for name, names in heads]
    values = []
    for number, plain, links in rows:
        cls, names, checked = classes[number]
        fields = dict(zip(names, plain, strict=True))
        for position, part in zip(links[::2], links[1::2], strict=True):
            fields[names[position]] = parts[part]
        if checked:
            values.append(cls(**fields))
        else:
            value = object.__new__(cls)
            value.__dict__.update(fields)  # what the constructor does, a frozen field at a time
            values.append(value)
    return values


def _restorer(name: str, names: list[str]) -> tuple[type, list[str], bool]:
    cls = class_named(name)
    if not dataclasses.is_dataclass(cls) or [f.name for f in dataclasses.fields(cls)] != names:
        raise ValueError(f"{name} has other fields")
    return cls, names, hasattr(cls, "__post_init__") or hasattr(cls, "__slots__")
