"""The map of cases: a point for every case that has a place, opened by a click; its colours count as seen answers."""

from __future__ import annotations

import re
from pathlib import Path

import pyqtgraph as pg
from pytestqt.qtbot import QtBot

from tests.workstation.material import CASES, write_report
from workstation.evaluation.case_map import CaseMap
from workstation.evaluation.report import read_report


def test_points_open_their_cases_and_colours_are_seen(qtbot: QtBot, tmp_path: Path) -> None:
    shown = CaseMap()
    qtbot.addWidget(shown)
    opened, seen = [], []
    shown.case_wanted.connect(lambda case: opened.append(case.case_id))
    shown.listed.connect(lambda cases: seen.append([case.case_id for case in cases]))
    report = read_report(write_report(tmp_path / "one"))
    shown.show_report(report)
    assert seen == []
    shown.show()
    shown.hide()
    shown.show()
    assert seen == [["a", "b", "c", "d"]]

    points = [item for item in shown.plot.getPlotItem().items if isinstance(item, pg.ScatterPlotItem)]
    by_case = {p.data().case_id: (item, p) for item in points for p in item.points() if p.data() is not None}
    assert {case: (p.pos().x(), p.pos().y()) for case, (_, p) in by_case.items()}["d"] == (1.5, 1.0)
    assert by_case["b"][1].symbol() == "x" and by_case["a"][1].symbol() == "o"
    item, point = by_case["b"]
    item.sigHovered.emit(item, [point], None)
    assert shown.words.text() == "b: benign, called malignant (0.650)"
    item.sigClicked.emit(item, [point], None)
    assert opened == ["b"]


def test_a_report_without_places_says_so(qtbot: QtBot, tmp_path: Path) -> None:
    folder = write_report(tmp_path / "one")
    (folder / "cases.csv").write_text(re.sub(r",[^,]*,[^,]*$", "", CASES, flags=re.MULTILINE))
    shown = CaseMap()
    qtbot.addWidget(shown)
    shown.show_report(read_report(folder))
    assert "holds no places" in shown.words.text() and shown.lines == ()
