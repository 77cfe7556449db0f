"""The Qt binding itself: a fault in it would end the program after some minutes of work."""

from __future__ import annotations

import sys

from PySide6.QtGui import QImage, QPainter


def test_calls_into_qt_do_not_use_up_references_to_none() -> None:
    """PySide6 6.12.0 takes one from None's count with every call that returns nothing, and Python before 3.12 then ends
    with "deallocating None" once the count is used up."""
    image = QImage(8, 8, QImage.Format.Format_RGB32)
    painter = QPainter(image)
    before = sys.getrefcount(None)
    for _ in range(1000):
        painter.save()
        painter.restore()
    lost = before - sys.getrefcount(None)
    painter.end()
    assert lost < 100
