"""Messages between our processes as msgpack: data only, nothing that could run code when it is read.

Plain values, numpy arrays, datetimes and the frozen dataclasses and enums of `engine` pass; tuples and lists arrive as
tuples. A child that decodes hostile files is not trusted, so class names are looked up in `engine` modules only.
"""

from __future__ import annotations

import dataclasses
import importlib
from collections.abc import Mapping
from datetime import datetime
from enum import Enum
from typing import Any

import msgpack
import numpy as np

from engine.domain.errors import CaseError, ErrorKind

_DATACLASS, _ENUM, _ARRAY, _ERROR, _TIME = 1, 2, 3, 4, 5


def encode(value: Any) -> bytes:
    """Bytes of a message; raises TypeError for anything that is not data."""
    packed: bytes = msgpack.packb(_plain(value), default=_extension, strict_types=True)
    return packed


def decode(message: bytes | memoryview) -> Any:
    """The message again; raises ValueError for names outside `engine`."""
    return msgpack.unpackb(message, ext_hook=_restore, use_list=False, strict_map_key=False, max_ext_len=2**31 - 1)


def _plain(value: Any) -> Any:
    if isinstance(value, Enum):
        return _extension(value)
    if isinstance(value, tuple | list):
        return [_plain(v) for v in value]
    if isinstance(value, Mapping):
        return {_plain(k): _plain(v) for k, v in value.items()}
    if isinstance(value, np.generic):
        return value.item()
    return value


def _extension(value: Any) -> msgpack.ExtType:
    if isinstance(value, Enum):
        return msgpack.ExtType(_ENUM, msgpack.packb([name_of(type(value)), value.value]))
    if isinstance(value, np.ndarray) and value.dtype.kind in "biuf":
        array = np.ascontiguousarray(value)
        return msgpack.ExtType(_ARRAY, msgpack.packb([array.dtype.str, list(array.shape), array.data.cast("B")]))
    if isinstance(value, CaseError):
        return msgpack.ExtType(_ERROR, msgpack.packb([value.kind.value, value.sentence, value.detail]))
    if isinstance(value, datetime):
        return msgpack.ExtType(_TIME, value.isoformat().encode())
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        fields = [getattr(value, f.name) for f in dataclasses.fields(value)]
        return msgpack.ExtType(_DATACLASS, encode([name_of(type(value)), fields]))
    raise TypeError(f"{type(value).__name__} cannot be sent to another process")


def name_of(cls: type) -> str:
    """ "module:class", as messages name it."""
    return f"{cls.__module__}:{cls.__qualname__}"


def _restore(code: int, data: bytes) -> Any:
    if code == _ARRAY:
        dtype, shape, raw = msgpack.unpackb(data)
        return np.frombuffer(raw, dtype=np.dtype(dtype)).reshape(shape)
    if code == _TIME:
        return datetime.fromisoformat(data.decode())
    if code == _ERROR:
        kind, sentence, detail = msgpack.unpackb(data)
        return CaseError(ErrorKind(kind), sentence, detail)
    name, content = decode(data)
    cls = class_named(name)
    if code == _ENUM and issubclass(cls, Enum):
        return cls(content)
    if code == _DATACLASS and dataclasses.is_dataclass(cls):
        return cls(**{f.name: v for f, v in zip(dataclasses.fields(cls), content, strict=True)})
    raise ValueError(f"{name} is not a message")


def class_named(name: str) -> type:
    """The class of that name; raises ValueError for anything that is not a class of `engine`."""
    module, _, qualname = name.partition(":")
    if not module.startswith("engine.") or "." in qualname:
        raise ValueError(f"{name} is not a message of this program")
    found = getattr(importlib.import_module(module), qualname, None)
    if not isinstance(found, type) or found.__module__ != module:
        raise ValueError(f"{name} is not a message of this program")
    return found
