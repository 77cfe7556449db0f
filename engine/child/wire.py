"""Framing of messages on a pipe: 8 bytes of length, then the message."""

from __future__ import annotations

import struct
from typing import Any, BinaryIO

from engine.child.codec import decode, encode

_LENGTH = struct.Struct(">Q")
LARGEST_MESSAGE = 2**31
"""Bytes; more than any frame we read, less than what could exhaust the machine."""


def send(stream: BinaryIO, message: Any) -> None:
    """Write one message and flush."""
    data = encode(message)
    stream.write(_LENGTH.pack(len(data)))
    stream.write(data)
    stream.flush()


def receive(stream: BinaryIO) -> Any:
    """The next message; raises EOFError when the other side is gone."""
    head = stream.read(_LENGTH.size)
    if len(head) < _LENGTH.size:
        raise EOFError
    (length,) = _LENGTH.unpack(head)
    if length > LARGEST_MESSAGE:
        raise EOFError(f"message of {length} bytes")
    data = stream.read(length)
    if len(data) < length:
        raise EOFError
    return decode(data)
