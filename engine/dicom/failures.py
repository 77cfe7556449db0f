"""The one spot where what pydicom, the codecs and the operating system raise becomes a sentence."""

from __future__ import annotations

import contextlib
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pydicom.errors import InvalidDicomError

from engine.domain.errors import CaseError, ErrorKind

SHORT_BYTES = 64 * 2**20
"""Less room than this under the limit is taken for why a codec failed."""


@contextmanager
def told_plainly(path: str) -> Iterator[None]:
    """Inside, every exception becomes a `CaseError` that names the file; warnings of the libraries are silent."""
    name = Path(path).name
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    except CaseError:
        raise
    except Exception as error:
        raise _as_case_error(name, error) from error


def _as_case_error(name: str, error: Exception) -> CaseError:
    detail = f"{type(error).__name__}: {error}"[:500]
    if isinstance(error, MemoryError) or (isinstance(error, RuntimeError) and _memory_is_short()):
        return CaseError(
            ErrorKind.TOO_LARGE, f"{name} needs more memory than is allowed for one file. Export it again.", detail
        )
    if isinstance(error, InvalidDicomError):
        return not_dicom(name, detail)
    if isinstance(error, FileNotFoundError):
        return CaseError(
            ErrorKind.UNREADABLE,
            f"{name} is not there any more. Open the folder again to read what it holds now.",
            detail,
        )
    if isinstance(error, OSError) and error.errno is not None:
        return CaseError(
            ErrorKind.UNREADABLE,
            f"{name} cannot be read ({error.strerror}). Check that you may open it and that the drive is connected.",
            detail,
        )
    return damaged(name, detail=detail)


def _memory_is_short() -> bool:
    """Whether this process is about at its limit: a codec that gets no memory says that the image is damaged."""
    with contextlib.suppress(ImportError, OSError, ValueError):
        import resource  # POSIX only

        limit = resource.getrlimit(resource.RLIMIT_AS)[0]
        pages = int(Path("/proc/self/statm").read_bytes().split()[0])
        return limit != resource.RLIM_INFINITY and limit - pages * resource.getpagesize() < SHORT_BYTES
    return False


def not_dicom(name: str, detail: str = "") -> CaseError:
    """For a file that is not DICOM."""
    return CaseError(
        ErrorKind.NOT_ULTRASOUND,
        f"{name} is not a DICOM file. Choose files exported as DICOM by the device or PACS.",
        detail,
    )


def damaged(name: str, what: str = "its image data are damaged", detail: str = "") -> CaseError:
    """For data that contradict themselves or that no codec accepts."""
    return CaseError(
        ErrorKind.CORRUPT, f"{name} cannot be read: {what}. Export it again from the device or PACS.", detail
    )


def truncated(name: str, detail: str = "") -> CaseError:
    """For a file that ends before its image does."""
    return CaseError(
        ErrorKind.CORRUPT,
        f"{name} is truncated: it ends before its image does. Copy or export it again from the device or PACS.",
        detail,
    )


def no_pixels(name: str) -> CaseError:
    """For a DICOM object without an image."""
    return CaseError(
        ErrorKind.NO_PIXELS,
        f"{name} holds no image: it is another kind of DICOM object, or was cut off before its image. "
        "If it should show something, export it again.",
    )


def unsupported(name: str, what: str) -> CaseError:
    """For valid data of a kind that is not read."""
    return CaseError(
        ErrorKind.UNSUPPORTED, f"{name} {what}, which is not read. Export it uncompressed or as JPEG from the PACS."
    )
