"""Entry of the decode child: starts it without what it does not need."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from engine.child.serve import Context
from engine.dicom.lean_import import decoders_hidden


def handler() -> Callable[[Any, Context], Any]:
    """See `engine.child`."""
    with decoders_hidden():
        from engine.data import decode_child
    return decode_child.handler()
