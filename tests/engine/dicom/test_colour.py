"""Lookup tables and windows against pydicom's own functions, and the colour arithmetic over all its inputs."""

from __future__ import annotations

import numpy as np
import pytest
from pydicom.dataset import Dataset
from pydicom.pixels.processing import apply_color_lut, apply_voi_lut, apply_windowing
from pydicom.sequence import Sequence

from engine.dicom.colour import ybr_to_rgb
from engine.dicom.grey import grey_8_bit
from engine.dicom.palette import palette_rgb
from tests.engine.dicom import reference_colours


@pytest.mark.parametrize("partial", [False, True])
def test_ybr_is_the_rounded_formula(partial: bool) -> None:
    every_third = np.arange(0, 256, 3, dtype=np.uint8)
    ends = np.array([1, 127, 128, 129, 254], dtype=np.uint8)
    axis = np.concatenate([every_third, ends])
    samples = np.stack(np.meshgrid(axis, axis, axis, indexing="ij"), axis=-1).reshape(len(axis), -1, 3)
    formula = reference_colours.ybr_partial if partial else reference_colours.ybr_full
    np.testing.assert_array_equal(ybr_to_rgb(samples, partial=partial), formula(samples))


def segmented(first: int, segments: list[int], bits: int, count: int) -> Dataset:
    dataset = Dataset()
    data = np.asarray(segments, dtype="<u2" if bits == 16 else "u1").tobytes()
    data += b"\0" * (len(data) % 2)
    for colour in ("Red", "Green", "Blue"):
        setattr(dataset, f"{colour}PaletteColorLookupTableDescriptor", [count, first, bits])
        setattr(dataset, f"Segmented{colour}PaletteColorLookupTableData", data)
    dataset.PixelRepresentation = 0
    dataset.set_original_encoding(is_implicit_vr=False, is_little_endian=True)
    return dataset


SEGMENTS = {
    "discrete": ([0, 4, 10, 20, 30, 40], 4),
    "linear": ([0, 1, 0, 1, 99, 60000], 100),
    "falling": ([0, 1, 60000, 1, 50, 100], 51),
    "indirect": ([0, 2, 5, 6, 1, 3, 600, 2, 2, 0, 0], 10),
}


@pytest.mark.parametrize("name", SEGMENTS)
def test_segmented_palette_as_pydicom_expands_it(name: str) -> None:
    segments, count = SEGMENTS[name]
    dataset = segmented(0, segments, 16, count)
    values = np.arange(count, dtype=np.uint16)[None]
    expected = apply_color_lut(values, dataset)
    got = palette_rgb(values, dataset, little_endian=True)
    shift = 8 if expected.max() > 255 else 0
    assert np.abs(got.astype(int) - (expected >> shift)).max() <= 1


def test_segmented_palette_of_eight_bits() -> None:
    dataset = segmented(0, [0, 2, 0, 10, 1, 8, 90], 8, 10)
    values = np.arange(10, dtype=np.uint8)[None]
    got = palette_rgb(values, dataset, little_endian=True)
    np.testing.assert_array_equal(got[0, :, 0], [0, 10, 20, 30, 40, 50, 60, 70, 80, 90])


def test_palette_that_does_not_start_at_zero() -> None:
    dataset = Dataset()
    for colour in ("Red", "Green", "Blue"):
        setattr(dataset, f"{colour}PaletteColorLookupTableDescriptor", [3, 100, 16])
        setattr(dataset, f"{colour}PaletteColorLookupTableData", np.array([256, 512, 65280], "<u2").tobytes())
    values = np.array([[0, 100, 101, 102, 255]], dtype=np.uint8)
    np.testing.assert_array_equal(palette_rgb(values, dataset, little_endian=True)[0, :, 1], [1, 1, 2, 255, 255])


@pytest.mark.parametrize("segments", [[2, 1, 50, 0], [0, 5000, 1], [9, 9, 9], [1, 5, 7]], ids=str)
def test_damaged_segments_end_in_an_error_or_a_short_table(segments: list[int]) -> None:
    dataset = segmented(0, segments, 16, 100)
    try:
        assert palette_rgb(np.zeros((2, 2), dtype=np.uint8), dataset, little_endian=True).shape == (2, 2, 3)
    except ValueError as error:
        assert "palette" in str(error)


@pytest.mark.parametrize("function", ["LINEAR", "LINEAR_EXACT", "SIGMOID"])
@pytest.mark.parametrize(("center", "width"), [(2048, 4096), (1000, 500), (-50, 300), (300, 1)])
def test_window_functions_as_pydicom_applies_them(function: str, center: float, width: float) -> None:
    dataset = Dataset()
    dataset.PhotometricInterpretation, dataset.BitsStored, dataset.PixelRepresentation = "MONOCHROME2", 12, 0
    dataset.WindowCenter, dataset.WindowWidth, dataset.VOILUTFunction = center, width, function
    values = np.arange(4096, dtype=np.uint16)[None]
    with np.errstate(over="ignore"):
        expected = apply_windowing(values.copy(), dataset) / 4095 * 255
    assert np.abs(grey_8_bit(values, 12, False, dataset, False) - expected).max() <= 0.51


@pytest.mark.parametrize("bits", [8, 16])
def test_lookup_table_as_pydicom_applies_it(bits: int) -> None:
    top = (1 << bits) - 1
    item = Dataset()
    item.LUTDescriptor = [200, 20, bits]
    item.add_new(0x00283006, "US", [int(v) for v in np.linspace(top, 0, 200)])
    dataset = Dataset()
    dataset.PixelRepresentation, dataset.VOILUTSequence = 0, Sequence([item])
    values = np.arange(256, dtype=np.uint8)[None]
    expected = apply_voi_lut(values.copy(), dataset) / top * 255
    assert np.abs(grey_8_bit(values, 8, False, dataset, False) - expected).max() <= 0.51


def test_full_range_does_not_depend_on_the_picture() -> None:
    dark = np.full((4, 4), 40, dtype=np.uint16)
    mixed = np.array([[40, 4095]], dtype=np.uint16)
    assert grey_8_bit(dark, 12, False, Dataset(), False)[0, 0] == grey_8_bit(mixed, 12, False, Dataset(), False)[0, 0]


@pytest.mark.parametrize("window", [("nan", "nan"), ("10", "0"), ("10", "-5")])
def test_a_window_that_means_nothing_is_left_out(window: tuple[str, str]) -> None:
    dataset = Dataset()
    dataset.WindowCenter, dataset.WindowWidth = (float(w) for w in window)
    values = np.arange(256, dtype=np.uint8)[None]
    np.testing.assert_array_equal(grey_8_bit(values, 8, False, dataset, False), values)
