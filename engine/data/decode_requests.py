"""What a decode child can be asked: messages between two processes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from engine.data.preprocess import Prepared
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
    """The views in the middle frame of a file; answered with `Viewed`.

    Attributes
    ----------
    size : side of the squares that are wanted of the pictures, 0 = none.
    """

    file: UltrasoundFile
    size: int = 0


@dataclass(frozen=True, kw_only=True)
class Viewed:
    """The pictures in a frame, and a square of each when squares were asked for."""

    images: tuple[UltrasoundImage, ...]
    squares: tuple[Prepared, ...] = ()


@dataclass(frozen=True, kw_only=True)
class PreparedRequest:
    """Squares as a model sees them, of images that belong together; answered with a tuple of `Prepared`.

    Only the squares travel to the parent, not the frames. Before each image its number is told as progress.
    """

    images: tuple[UltrasoundImage, ...]
    size: int
