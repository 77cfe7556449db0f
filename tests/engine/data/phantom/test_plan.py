"""Names and storage of a phantom's files."""

from __future__ import annotations

import pytest

from engine.data.phantom.plan import JPEG_BASELINE, plan_case, uid
from engine.dicom.identity import case_id
from engine.dicom.pairing_place import parse_place

IMAGES = ("bmode", "doppler")


def _plan(index: int, location: str = "upper outer", seed: int = 1):  # type: ignore[no-untyped-def]
    return plan_case("breast_lesion", seed, index, IMAGES, location)


def test_identifiers_are_valid_unique_and_depend_on_the_seed() -> None:
    plans = [_plan(i, seed=s) for s in (1, 2) for i in range(40)]
    uids = {u for p in plans for u in p.uids.values()}
    assert all(u.startswith("2.25.") and len(u) <= 64 and not u[5:].startswith("0") for u in uids)
    dual = sum(p.dual for p in plans)
    assert len(uids) == 4 * len(plans) - dual
    assert len({p.case_id for p in plans}) == len({p.patient_id for p in plans}) == len(plans)
    assert uid("a", "b") == uid("a", "b") != uid("a", "c")


def test_case_is_named_after_its_bmode_image() -> None:
    plan = _plan(3)
    assert plan.case_id == case_id(plan.uids["study"], plan.uids["bmode"])


def test_two_pictures_of_a_dual_file_share_name_and_storage() -> None:
    dual = [p for p in (_plan(i) for i in range(48)) if p.dual]
    assert len(dual) == 4
    for plan in dual:
        assert plan.uids["bmode"] == plan.uids["doppler"]
        assert plan.syntaxes["bmode"] == plan.syntaxes["doppler"] != JPEG_BASELINE
        assert plan.n_frames == 1


def test_bmode_is_never_lossy_and_colour_rarely() -> None:
    plans = [_plan(i) for i in range(96)]
    assert all(p.syntaxes["bmode"] != JPEG_BASELINE for p in plans)
    assert 0 < sum(p.syntaxes["doppler"] == JPEG_BASELINE for p in plans) <= 12


@pytest.mark.parametrize(
    ("location", "right", "left"),
    [
        ("upper outer", {10, 11}, {1, 2}), ("upper inner", {1, 2}, {10, 11}),
        ("lower outer", {7, 8}, {4, 5}), ("lower inner", {4, 5}, {7, 8}),
    ],
)  # fmt: skip
def test_clock_position_fits_the_location(location: str, right: set[int], left: set[int]) -> None:
    for index in range(20):
        plan = _plan(index, location)
        place = parse_place(plan.place)
        assert place.side == ("left" if plan.laterality == "L" else "right")
        assert place.clock in (left if plan.laterality == "L" else right)


def test_central_lesions_have_no_clock_position() -> None:
    place = parse_place(_plan(0, "central").place)
    assert (place.quadrant, place.clock) == ("retroareolar", None)
