"""Every row of the benchmark table runs; how fast is never a test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import torch

from tests.benchmarks.figures import Figure, Row, markdown, not_built
from tests.benchmarks.rows import ROWS
from tests.benchmarks.setting import Setting, alternating


@pytest.fixture(scope="module")
def setting(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Setting]:
    threads = torch.get_num_threads()
    yield Setting(size="minimal", folder=tmp_path_factory.mktemp("benchmark"))
    torch.set_num_threads(threads)


@pytest.mark.slow
@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_row_runs(row: Row, setting: Setting) -> None:
    figures = row.run(setting)
    assert figures
    assert all(f.measured is None or f.measured >= 0 for f in figures)
    assert len(markdown(figures).splitlines()) == len(figures) + 2


def test_bounds_are_of_the_ratio_where_there_is_a_yardstick(tmp_path: Path) -> None:
    assert Figure(what="a", measured=2.0, yardstick=1.0, unit="s", bound=2.0).passed
    assert not Figure(what="a", measured=2.1, yardstick=1.0, unit="s", bound=2.0).passed
    assert Figure(what="a", measured=40, unit="1/s", bound=30, at_least=True).passed
    assert not Figure(what="a", measured=9, yardstick=10, unit="1/s", bound=0.95, at_least=True).passed
    assert not_built("a", 1.0, "s", "later").passed is None
    assert "FAIL" in markdown([Figure(what="a", measured=3, unit="s", bound=2)])


def test_candidates_take_turns() -> None:
    turns: list[str] = []
    medians = alternating({"a": lambda: turns.append("a"), "b": lambda: turns.append("b")}, 3)
    assert turns == ["a", "b", "b", "a", "a", "b"] and set(medians) == {"a", "b"}
