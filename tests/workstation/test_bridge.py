"""Answers that come for a dialog which is gone."""

from __future__ import annotations

import threading
from collections.abc import Callable
from functools import partial

import pytest
import shiboken6
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from workstation.bridge import Bridge


class Asker(QLabel):
    heard = 0

    def take(self, answer: object) -> None:
        Asker.heard += 1
        self.setText(str(answer))


Way = Callable[[Asker], Callable[[object], None]]


def in_a_lambda(asker: Asker) -> Callable[[object], None]:
    return lambda answer: asker.take(answer)


def in_a_lambda_of_a_lambda(asker: Asker) -> Callable[[object], None]:
    inner = in_a_lambda(asker)
    return lambda answer: inner(answer)


def as_an_argument(asker: Asker) -> Callable[[object], None]:
    return partial(Asker.take, asker)


@pytest.mark.parametrize(
    "way",
    [lambda asker: asker.take, in_a_lambda, in_a_lambda_of_a_lambda, as_an_argument],
    ids=lambda way: way.__name__,
)
def test_an_answer_for_a_closed_dialog_is_dropped(qtbot: QtBot, way: Way) -> None:
    bridge, gone, here = Bridge(), Asker(), Asker()
    qtbot.addWidget(here)
    Asker.heard = 0
    for number, asker in enumerate((gone, here)):
        bridge.record(lambda store: 5, key=number, on_result=way(asker), on_error=way(asker))
    shiboken6.delete(gone)
    qtbot.waitUntil(lambda: here.text() == "5", timeout=20_000)
    assert Asker.heard == 1
    bridge.close()


def test_an_answer_after_the_bridge_itself_is_dropped(qtbot: QtBot) -> None:
    bridge, here, began = Bridge(), Asker(), threading.Event()
    qtbot.addWidget(here)
    bridge.record(lambda store: began.wait(20), key=1, on_result=here.take, on_error=here.take)
    records = bridge.records
    shiboken6.delete(bridge)
    began.set()
    qtbot.waitUntil(lambda: records._worker.is_idle, timeout=20_000)
    records.close()
    assert here.text() == ""
