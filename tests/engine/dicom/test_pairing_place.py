"""Places read from the wording that scanners and sonographers use."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.dicom.pairing_place import Place, parse_place

WORDINGS = {
    "RT BREAST 10 OCLOCK 3CM FN": Place(side="right", clock=10, distance_cm=3),
    "Lt breast 2:30 5 cm from nipple RAD": Place(side="left", clock=2.5, distance_cm=5, plane="radial"),
    "LEFT BREAST 12:00 FN 4 ARAD": Place(side="left", clock=12, distance_cm=4, plane="antiradial"),
    "R BREAST 9 o'clock 25mm fn anti-radial": Place(side="right", clock=9, distance_cm=2.5, plane="antiradial"),
    "US Breast Rt UOQ TRV": Place(side="right", quadrant="upper outer", plane="transverse"),
    "lt retroareolar long": Place(side="left", quadrant="retroareolar", plane="longitudinal"),
    "Left axilla": Place(side="left", quadrant="axilla"),
    "RIGHT_BREAST_LESION_2": Place(side="right", lesion="2"),
    "mass b, left lower inner quadrant": Place(side="left", quadrant="lower inner", lesion="b"),
    "bilateral: right and left": Place(),
    "RT 10 OCLOCK and 4 OCLOCK": Place(side="right"),
    "acquired 10:30:12": Place(),
    "lateral view of the liver": Place(),
    "": Place(),
}


@pytest.mark.parametrize("text", WORDINGS)
def test_wording(text: str) -> None:
    assert parse_place(text) == WORDINGS[text]


def test_coded_laterality_counts_more_than_words() -> None:
    assert parse_place("RT BREAST", "L").side == "left"
    assert parse_place("RT BREAST", "B").side == "right"


def test_words_for_people() -> None:
    place = parse_place("RT BREAST 10:30 3CM FN RAD")
    assert place.words() == "right side, 10:30, 3 cm from the nipple, radial"


@given(st.text(max_size=200), st.text(max_size=3))
def test_any_text_gives_a_place(text: str, laterality: str) -> None:
    place = parse_place(text, laterality)
    assert place.side in ("", "left", "right")
    assert place.clock is None or 1 <= place.clock <= 12.5
