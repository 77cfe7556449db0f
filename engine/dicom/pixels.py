"""One frame of a DICOM file as RGB. Nothing else in the program decodes DICOM pixels."""

from __future__ import annotations

from engine.dicom.codecs import Samples, decode_frame
from engine.dicom.colour import to_rgb
from engine.dicom.failures import told_plainly
from engine.dicom.frame import Frame
from engine.dicom.native import native_samples
from engine.dicom.pixel_source import PixelSource
from engine.domain.errors import CaseError, ErrorKind

__all__ = ["Frame", "frame_of", "read_dicom_frame"]


def read_dicom_frame(path: str, index: int = 0) -> Frame:
    """Frame `index` of a DICOM file; the other frames are neither read nor decoded.

    Every photometric interpretation and transfer syntax of still images and frame-wise compressed clips is read.
    May end the process on damaged files (native decoders): the window and batch runs go through `engine.data.decoding`.

    Raises
    ------
    CaseError
        With a sentence that names the file: not DICOM, no image, too large, damaged, truncated, not supported.
    """
    with told_plainly(path):
        return frame_of(PixelSource(path), index)


def frame_of(source: PixelSource, index: int) -> Frame:
    """The same of a file that is already open; call it inside `told_plainly`."""
    layout = source.layout
    if not 0 <= index < layout.n_frames:
        raise CaseError(
            ErrorKind.INVALID, f"{source.name} has {layout.n_frames} frames; there is no frame {index + 1}."
        )
    if source.compressed:
        samples = decode_frame(source.compressed_frame(index), source.syntax, layout, source.name)
    else:
        samples = Samples(native_samples(source, index), layout.bits_stored, shift=layout.unused_low_bits)
    pixels = to_rgb(samples, layout, source.header, source.little_endian)
    return Frame(pixels=pixels, index=index, n_frames=layout.n_frames)
