"""`sonofuse doctor`: what works on this machine."""

from __future__ import annotations

import os
import platform
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path

import typer

from engine import __version__
from engine.cli.console import NOTHING_DONE, spoken_errors
from engine.domain.errors import CaseError

Finding = tuple[str, bool, str]
"""Label, is it as it should be, what was found."""


def add_to(app: typer.Typer) -> None:
    """Add the verb."""
    app.command("doctor", epilog="Example: sonofuse doctor")(doctor)


def doctor() -> None:
    """Check what works on this machine."""
    with spoken_errors():
        failed = False
        for check in (_program, _torch, _graphics_card, _decoders, _display, _models, _data_folder, _kept_images):
            for label, good, words in check():
                failed |= not good
                typer.echo(f"{'ok ' if good else '!! '} {label:<15} {words}")
    if failed:
        raise typer.Exit(NOTHING_DONE)


def _program() -> Iterator[Finding]:
    yield "SonoFuse", True, __version__
    good = sys.version_info >= (3, 11)
    yield "Python", good, f"{platform.python_version()} on {platform.system()} {platform.machine()}"


def _torch() -> Iterator[Finding]:
    start = time.perf_counter()
    try:
        import torch
    except (ImportError, OSError) as error:
        yield "PyTorch", False, f"cannot be loaded ({error}); install it again"
        return
    from engine.serving.devices import usable_cores

    seconds = time.perf_counter() - start
    yield "PyTorch", True, f"{torch.__version__}, loaded in {seconds:.1f} s, {usable_cores()} cores"


def _graphics_card() -> Iterator[Finding]:
    from engine.serving.devices import choose_device

    device = choose_device("auto")
    found = device.name if device.kind == "cuda" else "none that PyTorch can use; models run on the CPU"
    yield "Graphics card", True, found


def _decoders() -> Iterator[Finding]:
    """Real files through the real decode child, one per transfer syntax that can be written."""
    import numpy as np

    from engine.data.decoding import Decoder
    from engine.dicom.write import JPEG_BASELINE, SYNTAXES, UltrasoundHeader, write_ultrasound

    pixels = np.tile(np.arange(0, 256, 4, dtype=np.uint8), (48, 1))[None, :, :, None].repeat(3, axis=3)
    header = UltrasoundHeader(sop_uid="2.25.1", study_uid="2.25.2", series_uid="2.25.3", patient_id="doctor")
    broken = []
    with tempfile.TemporaryDirectory() as folder, Decoder() as decoder:
        for syntax in SYNTAXES:
            path = Path(folder) / f"{syntax}.dcm"
            allowed = 2 if syntax == JPEG_BASELINE else 0
            try:
                write_ultrasound(path, pixels, header, transfer_syntax=syntax)
                read = decoder.frame(str(path)).pixels
                if np.abs(read.astype(int) - pixels[0]).max() > allowed:
                    broken.append(f"{syntax}: wrong pixels")
            except CaseError as error:
                broken.append(f"{syntax}: {error.detail or error.sentence}")
    count = f"{len(SYNTAXES) - len(broken)} of {len(SYNTAXES)} transfer syntaxes decode in the child process"
    yield "Decoders", not broken, "; ".join([count, *broken])
    lossless = find_spec("gdcm") is not None
    yield "JPEG lossless", lossless, "read by GDCM" if lossless else "python-gdcm is missing; install it again"


def _display() -> Iterator[Finding]:
    if find_spec("PySide6") is None:
        yield "Display", True, "PySide6 is not installed: no window, the command line works"
        return
    named = os.environ.get("WAYLAND_DISPLAY") or os.environ.get("DISPLAY")
    if sys.platform.startswith("linux") and not named:
        yield "Display", True, "none: no window can be opened here, the command line works"
        return
    yield "Display", True, named or "the desktop"


def _models() -> Iterator[Finding]:
    from engine.models.files import installed_models, load_model

    files = installed_models()
    if not files:
        yield "Models", False, "none installed; install one, or train one with `sonofuse train`"
    for file in files:
        yield "Model", *_checked(file.card.name, lambda file=file: load_model(file))  # type: ignore[misc]


def _checked(name: str, load: Callable[[], object]) -> tuple[bool, str]:
    try:
        load()
    except CaseError as error:
        return False, error.sentence
    return True, f"{name}: weights match the card"


def _data_folder() -> Iterator[Finding]:
    from engine.store.places import data_folder

    folder = data_folder()
    place = folder
    while not place.exists() and place != place.parent:
        place = place.parent
    writable = os.access(place, os.W_OK)
    free = shutil.disk_usage(place).free / 2**30
    words = f"{folder}, {free:.1f} GB free" if writable else f"{folder} cannot be written; change its permissions"
    yield "Data folder", writable and free > 0.5, words


def _kept_images() -> Iterator[Finding]:
    from engine.data.kept_images import MOST_BYTES, cases_folder, kept_bytes

    words = f"{kept_bytes() / 2**20:.0f} MB of at most {MOST_BYTES / 2**30:.0f} GB in {cases_folder()}; may be deleted"
    yield "Kept images", True, words
