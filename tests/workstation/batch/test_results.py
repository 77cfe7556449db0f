"""The table of results without Qt: order, filter, counts."""

from __future__ import annotations

from engine.domain.task import load_task
from engine.jobs import BatchLine
from workstation.batch.results import CASE, PREDICTED, PROBABILITY, STATUS, WHY_SEALED, ResultTable, cells, headings


def line(case_id: str, status: str = "scored", probability: float | None = None, reason: str = "") -> BatchLine:
    return BatchLine(case_id=case_id, status=status, file=f"{case_id}.dcm", probability=probability, reason=reason)


def table() -> ResultTable:
    made = ResultTable()
    made.replace(
        (
            line("b", probability=0.09),
            line("c", "failed", reason="c.dcm is damaged"),
            line("a", probability=0.8),
            line("d", "skipped", reason="No model for it"),
        )
    )
    return made


def ids(made: ResultTable) -> str:
    return "".join(each.case_id for each in made.visible)


def test_order_of_the_study_then_by_column_with_empty_cells_last() -> None:
    made = table()
    assert ids(made) == "bcad"
    made.sort(CASE)
    assert ids(made) == "abcd"
    made.sort(PROBABILITY)
    assert ids(made) == "bacd"  # numbers, not texts: 9 % before 80 %
    made.sort(PROBABILITY, descending=True)
    assert ids(made) == "abcd"
    made.sort(STATUS, descending=True)
    assert ids(made)[0] == "d"
    made.sort(None)
    assert ids(made) == "bcad"


def test_every_word_of_the_filter_must_be_there() -> None:
    made = table()
    made.filter("DAMAGED c.dcm")
    assert ids(made) == "c"
    made.filter("dcm", "scored")
    assert ids(made) == "ba"
    assert made.summary() == "2 scored, 1 failed, 1 skipped — 2 shown"
    made.filter()
    assert made.summary() == "2 scored, 1 failed, 1 skipped"


def test_lines_may_come_in_any_order_and_twice() -> None:
    made = ResultTable()
    made.add([(2, line("c")), (0, line("a"))])
    made.add([(1, line("b")), (2, line("c", "failed"))])
    assert ids(made) == "abc" and made.count("failed") == 1 and len(made) == 3


def test_a_damaged_file_has_no_case_and_names_its_file() -> None:
    shown = cells(BatchLine(case_id="", status="failed", file="x/y.dcm", reason="y.dcm is cut off"))
    assert shown == ("—", "failed", "", "", "x/y.dcm", "y.dcm is cut off")
    assert headings(load_task("breast_lesion"))[PROBABILITY] == "Probability of malignant"


def test_a_sealed_answer_is_neither_shown_nor_sorted_nor_found() -> None:
    made = ResultTable()
    made.replace(
        (
            BatchLine(case_id="b", status="scored", file="b.dcm", probability=0.9, predicted="malignant", reason="big"),
            BatchLine(case_id="a", status="scored", file="a.dcm", probability=0.2, predicted="benign"),
            BatchLine(case_id="c", status="scored", file="c.dcm", probability=0.1, predicted="benign"),
            line("d", "failed", reason="d.dcm is damaged"),
        )
    )
    made.seal(lambda case_id: case_id in ("a", "b"))
    assert [each.case_id for each in made.hidden] == ["b", "a"]
    assert made.cells(made.visible[0]) == ("b", "scored", "sealed", "", "b.dcm", WHY_SEALED)
    for column in (PROBABILITY, PREDICTED):
        for descending in (False, True):
            made.sort(column, descending=descending)
            assert ids(made) == "cbad"  # what is hidden stays in the order of the study
    made.sort(None)
    for words, found in (("malignant", ""), ("benign", "c"), ("90", ""), ("big", ""), ("sealed", "ba")):
        made.filter(words)
        assert ids(made) == found
    made.filter()
    made.seal(lambda case_id: False)
    assert made.cells(made.visible[0])[2:4] == ("90.0 %", "malignant") and not made.hidden
