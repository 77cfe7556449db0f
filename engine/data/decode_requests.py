"""What a decode child can be asked: messages between two processes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from engine.domain.case import UltrasoundImage

if TYPE_CHECKING:
    from engine.dicom.headers import UltrasoundFile


@dataclass(frozen=True, kw_only=True)
class FrameRequest:
    """One frame as RGB; answered with a `Frame`."""

    path: str
    index: int = 0


@dataclass(frozen=True, kw_only=True)
class ViewsRequest:
    """The views in the middle frame of a file; answered with a tuple of `UltrasoundImage`."""

    file: UltrasoundFile


@dataclass(frozen=True, kw_only=True)
class PreparedRequest:
    """Squares as a model sees them, of images that belong together; answered with a tuple of `Prepared`.

    Only the squares travel to the parent, not the frames. Before each image its number is told as progress.
    """

    images: tuple[UltrasoundImage, ...]
    size: int
