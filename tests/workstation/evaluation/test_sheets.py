"""Tables, figures and mistakes of a report in the window: its own numbers, and only what it holds."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from tests.workstation.material import write_report
from workstation.bridge import Bridge
from workstation.evaluation.all_figures import figure_rows, point_rows, set_rows
from workstation.evaluation.heatmaps import check_rows, check_words, pointing_rows, worse_rows
from workstation.evaluation.mistakes import mistakes
from workstation.evaluation.modalities import contribution_rows, integration_rows, integration_words, subset_rows
from workstation.evaluation.report import Report, read_report
from workstation.evaluation.window import EvaluationWindow

ALL = ["Curves", "Calibration", "Cases", "Map", "Compared", "Figures", "Modalities", "Heatmaps", "Worse inputs"]


@pytest.fixture
def report(tmp_path: Path) -> Report:
    return read_report(write_report(tmp_path / "one"))


@pytest.fixture
def window(qtbot: QtBot, tmp_path: Path) -> Iterator[EvaluationWindow]:
    bridge = Bridge(model="none")
    made = EvaluationWindow(bridge, tmp_path)
    qtbot.addWidget(made)
    yield made
    bridge.close()


def changed(folder: Path, change: Callable[[dict[str, object]], object]) -> Path:
    table = json.loads((folder / "metrics.json").read_text())
    change(table)
    (folder / "metrics.json").write_text(json.dumps(table))
    return folder


def test_thresholds_and_promises(report: Report) -> None:
    assert point_rows(report) == (
        (
            "In use: 0.600",
            "1.000 [0.340, 1.000]",
            "0.500 [0.100, 0.900]",
            "0.667 [0.200, 0.900]",
            "1.000 [0.200, 1.000]",
            "2 / 1 / 0 / 1",
        ),
    )
    assert set_rows(report)[:2] == (
        ("Sets hold the truth, promised 90 %", "0.750 [0.300, 0.950]", "4"),
        ("Sets hold the truth: benign", "0.500 [0.100, 0.900]", "2"),
    )
    assert figure_rows(report) == (("AUC", "0.875 [0.500, 1.000]", "", "4"),)


def test_a_threshold_that_was_chosen_here_has_a_star(report: Report) -> None:
    point = {**report.table["points"][0], "name": "greatest Youden index", "optimistic": True}
    starred = read_report(changed(report.folder, lambda table: table.update(points=[point])))
    assert point_rows(starred)[0][0] == "Youden's index: 0.600 *"


def test_modalities_are_told_by_their_titles(report: Report) -> None:
    first, second, third = subset_rows(report)
    assert first == ("B-mode", "4", "0.750 [0.300, 1.000]", "0.900", "+0.125 [-0.100, +0.350], p = 0.250")
    assert second == ("B-mode + Doppler", "4", "0.875 [0.500, 1.000]", "", "")
    assert third[2] == "one class only"
    added = contribution_rows(report)[0]
    assert added[:3] == ("B-mode", "+0.125 [-0.100, +0.350], p = 0.250", "1.500 [1.000, 2.000]")
    assert integration_rows(report)[0][1:] == ("0.900", "0.950", "0.800", "0.925", "4")
    words = integration_words(report)
    assert "0.3 × consistency + 0.3 × confidence + 0.4 × accuracy" in words
    assert "best single modality (B-mode, 4 cases) fusing sets right 25.0 %" in words


def test_heatmaps_and_worse_inputs(report: Report) -> None:
    assert pointing_rows(report)[0][:4] == ("Malignant", "2", "0.500 [0.100, 0.900]", "0.300 [0.200, 0.400]")
    assert check_rows(report)[1][:3] == ("9", "100 %", "0.200 [0.100, 0.300]")
    assert check_words(report).startswith("The maps depend on what the model has learnt.")
    assert worse_rows(report) == (("Speckle", "0.875", "0.750", "0.500", "0.719", ""),)
    alike = {**report.table["randomisation"], "depends": False}
    other = read_report(changed(report.folder, lambda table: table.update(randomisation=alike)))
    assert "do not trust them" in check_words(other)


def test_a_mistake_whose_case_or_picture_is_lost(report: Report) -> None:
    (found,) = mistakes(report)
    assert found.case.case_id == "b" and found.picture is not None
    assert found.words == (
        "False alarm: b",
        "benign, called malignant (0.650)",
        "Pushed by B-mode +0.50, Doppler -0.25",
        "BI-RADS: 4A",
    )
    found.picture.unlink()
    assert mistakes(report)[0].picture is None
    gone = [{**report.table["gallery"][0], "case_id": "z"}]
    assert mistakes(read_report(changed(report.folder, lambda table: table.update(gallery=gone)))) == ()


def test_only_what_the_report_holds_has_a_page(window: EvaluationWindow, tmp_path: Path) -> None:
    def pages() -> list[str]:
        return [window.tabs.tabText(i) for i in range(window.tabs.count()) if window.tabs.isTabVisible(i)]

    window.show()
    full = write_report(tmp_path / "full")
    window.show_report(full)
    assert pages() == [*ALL, "Mistakes"]
    window.tabs.setCurrentWidget(window.heatmaps)
    pointed, check = window.heatmaps.sections
    assert pointed.isVisible() and check.isVisible() and check.table.rowCount() == 2
    assert check.pictures["randomisation"].isVisible() and check.pictures["randomisation"].height() > 200
    assert check.table.viewport().height() >= check.table.verticalHeader().length() > 0

    worse = window.worse.sections[0].table
    assert not worse.isColumnHidden(4) and worse.isColumnHidden(5)  # no late fusion to stand beside

    names = ("localisation", "randomisation", "robustness", "gallery", "sets")
    window.show_report(changed(write_report(tmp_path / "less"), lambda t: [t.pop(name) for name in names]))
    (full.parent / "less" / "figures" / "randomisation.png").unlink()
    (full.parent / "less" / "figures" / "localisation.png").unlink()
    (full.parent / "less" / "figures" / "robustness.png").unlink()
    window.show_report(tmp_path / "less")
    assert pages() == ALL[:7]
    window.tabs.setCurrentWidget(window.numbers)
    assert [s.part.title for s in window.numbers.sections if s.isVisible()] == ["Thresholds", "All figures"]


def test_a_mistake_opens_its_case_and_counts_as_seen(qtbot: QtBot, window: EvaluationWindow, tmp_path: Path) -> None:
    folder = changed(write_report(tmp_path / "one"), lambda table: table.update(data=str(tmp_path)))
    wanted, seen = [], []
    window.case_wanted.connect(lambda source, case: wanted.append((source, case)))
    window.mistakes.listed.connect(lambda cases: seen.append([case.case_id for case in cases]))
    window.show_report(folder)
    window.show()
    assert seen == []
    window.tabs.setCurrentWidget(window.mistakes)
    assert seen == [["b"]]
    table = window.mistakes.table
    assert not table.item(0, 0).icon().isNull()
    table.selectRow(0)
    qtbot.keyClick(table, Qt.Key.Key_Return)
    middle = table.visualItemRect(table.item(0, 1)).center()
    qtbot.mouseClick(table.viewport(), Qt.MouseButton.LeftButton, pos=middle)
    qtbot.mouseDClick(table.viewport(), Qt.MouseButton.LeftButton, pos=middle)
    assert wanted == [(str(tmp_path), "b")] * 2
