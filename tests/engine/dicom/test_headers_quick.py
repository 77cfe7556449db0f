"""The quick reading of headers says what pydicom says, or leaves the file to it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from pydicom.uid import ExplicitVRBigEndian, ImplicitVRLittleEndian

from engine.data.phantom import generate
from engine.dicom import headers
from engine.dicom.headers import UltrasoundFile, read_header
from engine.dicom.headers_quick import FIRST_BYTES, Irregular
from engine.domain.errors import CaseError
from tests.engine.data.test_decoding_mutants import mutant
from tests.engine.dicom.making import US_IMAGE, region, speckle, write
from tests.engine.dicom.packaged import packaged_files

PIXELS = speckle(40, 60)
Answer = UltrasoundFile | tuple[object, str]


def answer(path: Path) -> Answer:
    try:
        return read_header(path)
    except CaseError as error:
        return error.kind, error.sentence


def is_read_quickly(path: Path) -> bool:
    with path.open("rb", buffering=0) as stream:
        try:
            headers._quickly(stream, path.stat().st_size, str(path), path.name)
        except (Irregular, CaseError):
            return False
    return True


@pytest.fixture
def by_pydicom(monkeypatch: pytest.MonkeyPatch) -> Callable[[Path], Answer]:
    def read(path: Path) -> Answer:
        def refuse(*_: object) -> UltrasoundFile:
            raise Irregular

        with monkeypatch.context() as patch:
            patch.setattr(headers, "_quickly", refuse)
            return answer(path)

    return read


def test_packaged_files_are_described_alike(by_pydicom: Callable[[Path], Answer]) -> None:
    for path in packaged_files():
        assert answer(path) == by_pydicom(path), path.name


def test_damaged_files_are_described_alike(tmp_path: Path, by_pydicom: Callable[[Path], Answer]) -> None:
    generate(tmp_path / "study", cases=2, seed=4)
    # Deflated files may be damaged where the quick reading does not look; the decoder will.
    sources = [
        p.read_bytes()[:6000] + p.read_bytes()[-2000:]
        for p in sorted((tmp_path / "study").rglob("*.dcm"))
        if b"1.2.840.10008.1.2.1.99" not in p.read_bytes()[:400]
    ]
    for syntax in (ImplicitVRLittleEndian, ExplicitVRBigEndian):
        regions = [region((0, 0, 30, 40), 1), region((30, 0, 60, 40), 2)]
        made = write(tmp_path / "m.dcm", PIXELS, syntax=syntax, SequenceOfUltrasoundRegions=regions)
        sources.append(made.read_bytes())
    random, path = np.random.default_rng(8), tmp_path / "mutant.dcm"
    for number in range(400):
        path.write_bytes(mutant(sources[number % len(sources)], random))
        assert answer(path) == by_pydicom(path), f"mutant {number}"


def test_ordinary_files_are_read_quickly(tmp_path: Path) -> None:
    regions = [region((0, 0, 30, 40), 1), region((30, 0, 60, 40), 2)]
    for number, syntax in enumerate((ImplicitVRLittleEndian, "1.2.840.10008.1.2.1", "1.2.840.10008.1.2.1.99")):
        path = write(tmp_path / f"{number}.dcm", PIXELS, syntax=syntax, SequenceOfUltrasoundRegions=regions)
        assert is_read_quickly(path)
        assert len(read_header(path).regions) == 2


def test_undefined_lengths_nested_items_and_long_headers(tmp_path: Path, by_pydicom: Callable[[Path], Answer]) -> None:
    view = region((0, 0, 1, 1), 1)
    view.clear()
    modifier = region((0, 0, 1, 1), 1)
    modifier.clear()
    modifier.CodeMeaning, view.CodeMeaning = "Right breast", "Radial"
    view.ViewModifierCodeSequence = [modifier]
    view.is_undefined_length_sequence_item = True
    path = write(
        tmp_path / "a.dcm",
        PIXELS,
        ViewCodeSequence=[view],
        SequenceOfUltrasoundRegions=[region((0, 0, 30, 40), 1)],
        RedPaletteColorLookupTableData=bytes(2 * FIRST_BYTES),
        ImageComments="lesion 2",
    )
    assert is_read_quickly(path)
    assert answer(path) == by_pydicom(path)
    found = read_header(path)
    assert (found.place.side, found.place.plane, found.place.lesion, len(found.regions)) == ("right", "radial", "2", 1)


@pytest.mark.parametrize(
    "elements",
    [
        {"FrameIncrementPointer": 0x00181063, "FrameTime": "33.30"},
        {"FrameIncrementPointer": 0x00181065, "FrameTimeVector": ["0", "40", "41.5"]},
        {"CineRate": "25", "PreferredPlaybackSequencing": 1},
    ],
)
def test_cine_timing(tmp_path: Path, by_pydicom: Callable[[Path], Answer], elements: dict[str, object]) -> None:
    path = write(tmp_path / "a.dcm", np.stack([PIXELS] * 3), SOPClassUID=f"{US_IMAGE[:-3]}3.1", **elements)
    assert is_read_quickly(path)
    assert answer(path) == by_pydicom(path)


def test_text_in_other_character_sets_is_left_to_pydicom(tmp_path: Path) -> None:
    path = write(tmp_path / "a.dcm", PIXELS, SpecificCharacterSet="ISO_IR 100", SeriesDescription="Mamma rechts außen")
    assert not is_read_quickly(path)
    assert isinstance(answer(path), UltrasoundFile)
