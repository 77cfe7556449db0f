"""Compressed frames to samples: one fixed decoder per coding process, whatever else is installed.

| coding | decoder |
|---|---|
| RLE | `engine.dicom.rle` |
| JPEG baseline, extended and progressive, 8 bit | Pillow (libjpeg-turbo) |
| JPEG extended, 12 bit; JPEG lossless | GDCM: nothing else of a free licence reads them |
| JPEG-LS | CharLS |
| JPEG 2000, HTJ2K | OpenJPEG |

GDCM ends the whole process on some damaged files, and any native decoder may: `engine.data.decoding` runs all of this
in a child process. It is imported when it is first needed.
"""

from __future__ import annotations

from dataclasses import dataclass
from io import BytesIO

import numpy as np
import numpy.typing as npt
from PIL import Image
from pydicom.uid import HTJ2K, UID, HTJ2KLossless, HTJ2KLosslessRPCL, JPEG2000TransferSyntaxes, RLELossless

from engine.dicom.code_streams import StreamHeader, jpeg2000_header, jpeg_header
from engine.dicom.failures import damaged, unsupported
from engine.dicom.layout import PixelLayout
from engine.dicom.limits import check_frame_size
from engine.dicom.rle import rle_samples

_JPEG_PREFIXES = ("1.2.840.10008.1.2.4.5", "1.2.840.10008.1.2.4.6", "1.2.840.10008.1.2.4.7", "1.2.840.10008.1.2.4.8")
_JPEG_2000 = frozenset((*JPEG2000TransferSyntaxes, HTJ2K, HTJ2KLossless, HTJ2KLosslessRPCL))
_LOSSLESS_PROCESS, _JPEG_LS_PROCESS = 3, 0x37


@dataclass(frozen=True)
class Samples:
    """Decoded samples of one frame.

    Attributes
    ----------
    values : (rows, columns, samples), unsigned bit patterns unless `signed`.
    bits : meaningful bits per sample.
    signed : `values` is a signed array.
    shift : unused bits below the meaningful ones.
    colour : "rgb" or "ybr" where the code stream tells, "tag" where the photometric interpretation has to.
    """

    values: npt.NDArray[np.generic]
    bits: int
    signed: bool = False
    colour: str = "tag"
    shift: int = 0


def decode_frame(data: bytes, syntax: UID, layout: PixelLayout, name: str) -> Samples:
    """Decode one frame; raises `CaseError`, or whatever the decoder raises on damaged data.

    The code stream's own size is compared with the header's before a decoder allocates anything.
    """
    if syntax == RLELossless:
        return Samples(rle_samples(data, layout), layout.bits_stored, shift=layout.unused_low_bits)
    if syntax in _JPEG_2000:
        header = jpeg2000_header(data)
        _check(header, layout, name)
        return _jpeg2000(data, header, layout)
    if syntax.startswith(_JPEG_PREFIXES):
        header = jpeg_header(data)
        _check(header, layout, name)
        return _jpeg(data, header, layout)
    raise unsupported(name, f"is compressed as {syntax.name[:60]}")


def _check(header: StreamHeader, layout: PixelLayout, name: str) -> None:
    check_frame_size(name, header.rows, header.columns, header.components)
    if (header.rows, header.columns) != (layout.rows, layout.columns):
        raise damaged(
            name, f"its header says {layout.columns} x {layout.rows} pixels, its image data say "
            f"{header.columns} x {header.rows}",
        )  # fmt: skip
    if header.components != layout.samples:
        raise damaged(
            name, f"its header says {layout.samples} samples per pixel, its image data say {header.components}"
        )


def _jpeg(data: bytes, header: StreamHeader, layout: PixelLayout) -> Samples:
    if header.process == _JPEG_LS_PROCESS:
        return _jpeg_ls(data, header, layout)
    colour = jpeg_colour(header, layout.photometric)
    lossless = header.process == _LOSSLESS_PROCESS
    if header.precision not in (range(2, layout.bits_allocated + 1) if lossless else (8, 12)):
        raise ValueError(f"{header.precision} bits per sample")  # GDCM ends the process on such a header
    if lossless or header.precision == 12:
        return Samples(_gdcm(data, header), min(header.precision, layout.bits_stored), colour=colour)
    return _jpeg_8_bit(data, header, colour)


def jpeg_colour(header: StreamHeader, photometric: str) -> str:
    """Colour of a three-component JPEG by its markers, and only where they are silent by the tag.

    Ultrasound devices tag YCbCr data as RGB and the reverse. Order: APP14 (Adobe), JFIF, component ids, subsampling.
    """
    if header.components != 3:
        return "tag"
    if header.adobe_transform is not None:
        return "rgb" if header.adobe_transform == 0 else "ybr"
    if header.process == _LOSSLESS_PROCESS:
        return "tag"  # lossless JPEG leaves colours alone, whatever the component ids
    if header.jfif:
        return "ybr"
    if bytes(header.component_ids).upper() == b"RGB" and not header.subsampled:
        return "rgb"
    if header.component_ids == (1, 2, 3) or header.subsampled:
        return "ybr"
    return "ybr" if photometric.startswith("YBR") else "rgb"


def _jpeg_8_bit(data: bytes, header: StreamHeader, colour: str) -> Samples:
    image = Image.open(BytesIO(data), formats=("JPEG",))
    if header.components == 1:
        return Samples(np.asarray(image)[..., None], 8)
    if header.jfif or header.adobe_transform is None:
        converts = header.jfif or bytes(header.component_ids) != b"RGB"
    else:
        converts = header.adobe_transform != 0
    if converts and colour == "ybr":
        return Samples(np.asarray(image), 8, colour="rgb")
    if converts:
        image.draft("YCbCr", image.size)  # the decoder takes the data for YCbCr: asked for that, it leaves them alone
    return Samples(np.asarray(image), 8, colour=colour)


def _jpeg_ls(data: bytes, header: StreamHeader, layout: PixelLayout) -> Samples:
    import jpeg_ls

    buffer, info = jpeg_ls.decode_pixel_data(data)
    values = np.frombuffer(buffer, dtype=np.uint8 if header.precision <= 8 else "<u2")
    if header.components > 1 and info["interleave_mode"] == 0:
        values = values.reshape(header.components, header.rows, header.columns).transpose(1, 2, 0)
    values = values.reshape(header.rows, header.columns, header.components)
    return Samples(values, min(header.precision, layout.bits_stored))


def _jpeg2000(data: bytes, header: StreamHeader, layout: PixelLayout) -> Samples:
    import openjpeg

    buffer = openjpeg.decode_pixel_data(data, version=2)
    size = 1 if header.precision <= 8 else 2 if header.precision <= 16 else 4
    values = np.frombuffer(buffer, dtype=f"<{'i' if header.signed else 'u'}{size}")
    values = values.reshape(header.rows, header.columns, header.components)
    by_stream = header.colour_transform or layout.photometric in ("YBR_RCT", "YBR_ICT")
    colour = "rgb" if header.components == 3 and by_stream else "tag"
    if header.signed and not layout.signed:  # the tag is right: take the bit pattern
        return Samples(values.view(f"<u{size}") & ((1 << header.precision) - 1), header.precision, colour=colour)
    return Samples(values, header.precision, header.signed, colour)


def _gdcm(data: bytes, header: StreamHeader) -> npt.NDArray[np.generic]:
    import gdcm

    fragment = gdcm.Fragment()
    fragment.SetByteStringValue(data)
    fragments = gdcm.SequenceOfFragments.New()
    fragments.AddFragment(fragment)
    element = gdcm.DataElement(gdcm.Tag(0x7FE0, 0x0010))
    element.SetValue(fragments.__ref__())
    image = gdcm.Image()
    image.SetNumberOfDimensions(2)
    image.SetDimensions((header.columns, header.rows, 1))
    image.SetDataElement(element)
    # RGB whatever it is, so that GDCM does not convert: colour is decided in one place
    form = gdcm.PhotometricInterpretation.RGB if header.components == 3 else gdcm.PhotometricInterpretation.MONOCHROME2
    image.SetPhotometricInterpretation(gdcm.PhotometricInterpretation(form))
    lossless = header.process == _LOSSLESS_PROCESS
    syntax = gdcm.TransferSyntax.JPEGLosslessProcess14 if lossless else gdcm.TransferSyntax.JPEGExtendedProcess2_4
    image.SetTransferSyntax(gdcm.TransferSyntax(syntax))
    size = 1 if header.precision <= 8 else 2
    image.SetPixelFormat(gdcm.PixelFormat(header.components, 8 * size, header.precision, header.precision - 1, 0))
    text = image.GetBuffer()
    if text is None:
        raise ValueError("GDCM cannot decode it")
    buffer = text.encode("utf-8", "surrogateescape")
    values = np.frombuffer(buffer, dtype=f"<u{size}")
    return values.reshape(header.rows, header.columns, header.components)
