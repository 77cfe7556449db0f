"""Start of the window."""

from __future__ import annotations

import logging
import sys
from types import TracebackType
from typing import TYPE_CHECKING

from PySide6.QtCore import QLibraryInfo, QLocale, QTimer, QTranslator
from PySide6.QtWidgets import QApplication

from workstation.admin.choices import load_choices
from workstation.bridge import Bridge
from workstation.icons import icon
from workstation.main_window import MainWindow
from workstation.preferences import Preferences
from workstation.theme import apply_theme
from workstation.words import tr, use

if TYPE_CHECKING:
    from logging.handlers import RotatingFileHandler

log = logging.getLogger(__name__)
FIRST_SIZE = (1440, 900)
NOT_PAINTED_MS = 1000


def run_window(folder: str | None = None, *, task: str = "breast_lesion", model: str | None = None) -> int:
    """Open the window, on `folder` when one is given, and return the exit status when it is closed.

    Parameters
    ----------
    model : name or file of the model that scores; None = the installed one that fits.
    """
    app = QApplication.instance() or QApplication(sys.argv[:1])
    assert isinstance(app, QApplication)
    app.setApplicationName("SonoFuse")
    app.setDesktopFileName("sonofuse")
    apply_theme(app, "dark")
    app.setWindowIcon(icon("sonofuse"))
    _speak(app)
    bridge = Bridge(model=model)
    window = MainWindow(bridge, task=task)
    before = sys.excepthook
    sys.excepthook = lambda kind, error, trace: _unexpected(window, kind, error, trace)
    log_file: list[RotatingFileHandler | None] = [None]
    begun: list[bool] = []

    def begin() -> None:
        if not begun:
            begun.append(True)
            _start(window, bridge, log_file)
            if folder is not None:
                window.open_path(folder)

    window.on_screen.connect(begin)
    QTimer.singleShot(NOT_PAINTED_MS, window, begin)  # a window that starts minimised is not painted
    _place(app, window)
    try:
        return app.exec()
    finally:
        bridge.close()
        if log_file[0] is not None:
            _end_log(log_file[0])
        sys.excepthook = before


def _start(window: MainWindow, bridge: Bridge, log_file: list[RotatingFileHandler | None]) -> None:
    bridge.start()
    from workstation.log import start_log

    window.version = _version()
    bridge.record(
        lambda store: start_log(),
        key="log",
        on_result=lambda handler: log_file.__setitem__(0, handler),
        on_error=lambda error: None,  # no database: said when a folder is opened
    )


def _speak(app: QApplication) -> None:
    """The person's language, before anything is made that has words; Qt's own dialogs follow."""
    chosen = load_choices(Preferences()).language
    language = use(QLocale.system().uiLanguages() if chosen == "system" else [chosen])
    of_qt = QTranslator(app)
    if of_qt.load(f"qtbase_{language}", QLibraryInfo.path(QLibraryInfo.LibraryPath.TranslationsPath)):
        app.installTranslator(of_qt)


def _end_log(file: RotatingFileHandler) -> None:
    from workstation.log import end_log

    end_log(file)


def _place(app: QApplication, window: MainWindow) -> None:
    room = app.primaryScreen().availableGeometry()
    if window.restore_place():
        window.show()
    elif room.width() <= FIRST_SIZE[0] * 1.25:
        window.resize(room.width(), room.height())
        window.showMaximized()
    else:
        window.resize(*FIRST_SIZE)
        window.show()


def _unexpected(
    window: MainWindow, kind: type[BaseException], error: BaseException, trace: TracebackType | None
) -> None:
    log.error("unexpected error in the window", exc_info=(kind, error, trace))
    window.tell(
        tr(
            "Something went wrong here ({kind}); your entries are kept. The log has the details.",
            kind=kind.__name__,
        )
    )


def _version() -> str:
    from importlib.metadata import PackageNotFoundError, version  # takes as long as a page of the window

    try:
        return version("sonofuse")
    except PackageNotFoundError:  # run from the source tree without installing
        return ""
