"""Answers that come for a dialog which is gone."""

from __future__ import annotations

import shiboken6
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from workstation.bridge import Bridge


class Asker(QLabel):
    heard = 0

    def take(self, answer: object) -> None:
        Asker.heard += 1
        self.setText(str(answer))


def test_an_answer_for_a_closed_dialog_is_dropped(qtbot: QtBot) -> None:
    bridge, gone, here = Bridge(), Asker(), Asker()
    qtbot.addWidget(here)
    for number, asker in enumerate((gone, here)):
        bridge.record(lambda store: 5, key=number, on_result=asker.take, on_error=asker.take)
    shiboken6.delete(gone)
    qtbot.waitUntil(lambda: here.text() == "5", timeout=20_000)
    assert Asker.heard == 1
    bridge.close()
