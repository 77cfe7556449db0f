"""Which images are taken for one lesion, and what is said of it."""

from __future__ import annotations

import hashlib
import random
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.dicom.headers import UltrasoundFile
from engine.dicom.identity import case_id
from engine.dicom.pairing import pair
from engine.dicom.pairing_place import parse_place
from engine.domain.case import Box, Case, Region, UltrasoundImage
from tests.engine.dicom.making import header

Entry = tuple[UltrasoundFile, tuple[UltrasoundImage, ...]]
BLACK = np.zeros((40, 60, 3), np.uint8)


def entry(name: str, *kinds: str, text: str = "", at: float | None = None, scale: float = 0.1, **fields: Any) -> Entry:
    """A file of one or more pictures; `name` serves as path and UID."""
    place = parse_place(text)
    tissue = Region(box=Box(0, 0, 60, 40), data_type=1, spatial_format=1, delta_x_mm=scale, delta_y_mm=scale)
    known: dict[str, Any] = {"path": name, "sop_uid": name, "place": place, "laterality": place.side, "taken_at": at}
    width = 60 // len(kinds)
    file = header(BLACK, **{**known, "regions": (tissue,), **fields})
    common: dict[str, Any] = {"path": name, "sop_uid": name, "why": "", "rows": 40, "columns": 60, "taken_at": at}
    images = tuple(
        UltrasoundImage(modality=kind, crop=Box(n * width, 0, (n + 1) * width, 40), **common)
        for n, kind in enumerate(kinds)
    )
    return file, images


def who(case: Case) -> dict[str, str]:
    return {modality: image.path for modality, image in case.images.items()}


def test_same_place_and_time_is_one_case_with_its_reasons() -> None:
    text = "RT BREAST 10 OCLOCK 3CM FN"
    (case,) = pair([entry("b", "bmode", text=text, at=100), entry("d", "doppler", text=text, at=114)])
    assert who(case) == {"bmode": "b", "doppler": "d"} and case.others == ()
    assert case.case_id == case_id("1.2.3", "b")
    for words in ("ame side", "10 o'clock", "14 s apart", "same depth scale", "distance from the nipple"):
        assert words in case.pairing


def test_two_lesions_are_kept_apart_by_their_clock_faces() -> None:
    found = pair(
        [
            entry("b1", "bmode", text="LT 2 OCLOCK", at=0),
            entry("b2", "bmode", text="LT 5 OCLOCK", at=20),
            entry("d2", "doppler", text="LT 5 OCLOCK", at=40),
            entry("d1", "doppler", text="LT 2 OCLOCK", at=60),
        ]
    )
    assert [who(c) for c in found] == [{"bmode": "b1", "doppler": "d1"}, {"bmode": "b2", "doppler": "d2"}]
    assert {o.path for o in found[0].others} == {"b2", "d2"}


@pytest.mark.parametrize(
    "one, other",
    [
        ("LT BREAST", "RT BREAST"),
        ("LT 2 OCLOCK", "LT 3 OCLOCK"),
        ("LT UOQ", "LT LOQ"),
        ("lesion 1", "lesion 2"),
        ("2 oclock 3 cm fn", "2 oclock 6 cm fn"),
    ],
)
def test_places_that_contradict_never_pair_even_as_the_only_images(one: str, other: str) -> None:
    found = pair([entry("b", "bmode", text=one, at=0), entry("d", "doppler", text=other, at=1)])
    assert sorted(str(who(c)) for c in found) == ["{'bmode': 'b'}", "{'doppler': 'd'}"]
    assert all("fits" in c.pairing for c in found)


def test_without_text_time_decides_and_the_total_is_best() -> None:
    times = {"b1": 0, "d1": 10, "b2": 18, "d2": 28, "b3": 300, "d3": 310}
    entries = [entry(n, "bmode" if n[0] == "b" else "doppler", at=t) for n, t in times.items()]
    assert [who(c) for c in pair(entries)] == [{"bmode": f"b{n}", "doppler": f"d{n}"} for n in (1, 2, 3)]


def test_same_side_and_scale_alone_pair_nothing() -> None:
    entries = [entry(n, "bmode" if n[0] == "b" else "doppler", text="LT BREAST") for n in ("b1", "b2", "d1", "d2")]
    assert all(len(c.images) == 1 for c in pair(entries))


def test_only_images_of_a_study_pair_and_say_so() -> None:
    (case,) = pair([entry("b", "bmode", at=0), entry("d", "doppler", at=2400)])
    assert "only B-mode and only Doppler" in case.pairing and "40 min apart" in case.pairing


def test_other_study_never_pairs() -> None:
    found = pair([entry("b", "bmode", at=0), entry("d", "doppler", at=1, study_uid="1.2.4")])
    assert [who(c) for c in found] == [{"bmode": "b"}, {"doppler": "d"}]
    assert all(c.others == () and "no " in c.pairing for c in found)


def test_dual_file_is_one_case() -> None:
    (case,) = pair([entry("dual", "bmode", "doppler")])
    assert who(case) == {"bmode": "dual", "doppler": "dual"} and "one file" in case.pairing
    assert case.case_id == case_id("1.2.3", "dual")


def test_second_plane_of_a_named_lesion_is_an_alternative_not_a_case() -> None:
    (case,) = pair(
        [
            entry("b rad", "bmode", text="RT 4 OCLOCK RAD", at=0),
            entry("b arad", "bmode", text="RT 4 OCLOCK ARAD", at=30),
            entry("d rad", "doppler", text="RT 4 OCLOCK RAD", at=60),
        ]
    )
    assert who(case) == {"bmode": "b rad", "doppler": "d rad"}
    assert [o.path for o in case.others] == ["b arad"] and "1 more" in case.pairing


def test_unnamed_leftover_becomes_a_case_of_its_own() -> None:
    found = pair([entry("b1", "bmode", at=0), entry("b2", "bmode", at=5), entry("d", "doppler", at=10)])
    assert [who(c) for c in found] == [{"bmode": "b1"}, {"bmode": "b2", "doppler": "d"}]


def test_examination_over_midnight() -> None:
    found = pair([entry("b", "bmode", at=86390), entry("d", "doppler", at=5), entry("b2", "bmode", at=40000)])
    assert {"bmode": "b", "doppler": "d"} in [who(c) for c in found]


def test_spectral_is_left_out_and_elastography_has_its_own_name() -> None:
    (case,) = pair([entry("b", "bmode"), entry("s", "spectral"), entry("e", "doppler")], task="liver_fibrosis")
    assert who(case) == {"bmode": "b", "swe": "e"} and case.images["swe"].modality == "swe"
    assert "Elastography" in case.pairing and "Doppler" not in case.pairing


def test_simulated_only_when_all_images_are() -> None:
    (case,) = pair([entry("b", "bmode", simulated=True), entry("d", "doppler")])
    assert not case.simulated
    (case,) = pair([entry("b", "bmode", simulated=True), entry("d", "doppler", simulated=True)])
    assert case.simulated


def test_case_ids_are_stable_and_say_nothing() -> None:
    digest = hashlib.sha256(b"1.2.3\n1.2.3.4").hexdigest()
    assert case_id("1.2.3", "1.2.3.4") == f"c-{digest[:12]}"
    assert case_id("1.2.3", "1.2.3.4") != case_id("1.2.3", "1.2.3.5") != case_id("1.2.31", ".2.3.5")


texts = st.sampled_from(["", "LT 2 OCLOCK", "RT 2 OCLOCK", "LT 5 OCLOCK RAD", "LT", "lesion 2"])
times = st.none() | st.integers(0, 2000).map(float)


@settings(max_examples=80, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(["bmode", "doppler"]), texts, times), max_size=9), st.randoms())
def test_any_study_is_paired_one_to_one_whatever_the_order(
    wanted: list[tuple[str, str, float | None]], shuffle: random.Random
) -> None:
    entries = [entry(f"f{n}", kind, text=text, at=at) for n, (kind, text, at) in enumerate(wanted)]
    cases = pair(entries)
    side = {file.path: file.laterality for file, _ in entries}
    shown = [path for c in cases for path in who(c).values()]
    assert len(shown) == len(set(shown)) and len({c.case_id for c in cases}) == len(cases)
    reachable = set(shown) | {o.path for c in cases for o in c.others}
    assert reachable == {file.path for file, _ in entries}
    for case in cases:
        assert len({side[p] for p in who(case).values()} - {""}) <= 1
    shuffle.shuffle(entries)
    assert pair(entries) == cases
