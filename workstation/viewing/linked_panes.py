"""The viewers side by side: which one is active, and what goes together when they are linked."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QSplitter, QWidget

from engine.domain.calibration import Scale, Uncalibrated
from workstation.viewing.look import (
    Look,
    Manner,
    calibration_of,
    common_scales,
    followed,
    followed_frame,
    zooms_of_same_scale,
)
from workstation.viewing.pane import Pane
from workstation.viewing.window_level import PRESETS, WindowLevel
from workstation.words import tr


class LinkedPanes(QSplitter):
    """The row of the pictures that are read. `below`: further viewers, laid out elsewhere, that go together with them.

    Signals
    -------
    window_shown : (WindowLevel) of the active viewer.
    """

    window_shown = Signal(object)

    def __init__(
        self, panes: Mapping[str, Pane], below: Mapping[str, Pane] | None = None, parent: QWidget | None = None
    ) -> None:
        super().__init__(Qt.Orientation.Horizontal, parent)
        self.setAccessibleName(tr("Viewers"))
        self.setHandleWidth(8)
        self.setChildrenCollapsible(False)
        self.panes = dict(panes)
        self._all = {**self.panes, **{f"{name} below": pane for name, pane in (below or {}).items()}}
        self.is_linked = True
        self._active = next(iter(self.panes))
        for pane in self.panes.values():
            self.addWidget(pane)
            self.setStretchFactor(self.count() - 1, 1)
        for name, pane in self._all.items():
            view = pane.view
            view.looked.connect(lambda before, after, p=pane: self._follow_look(p, before, after))
            view.fitted.connect(lambda p=pane: self._each_other(p, lambda other: other.view.fit()))
            view.window_changed.connect(lambda window, p=pane: self._follow_window(p, window))
            view.focus_changed.connect(lambda on, n=name: self._focused(n) if on else None)
            view.play_toggled.connect(self.toggle_play)
            pane.stepped.connect(lambda index, p=pane: self._follow_frame(p, index))
        self.setSizes([1000] * self.count())

    @property
    def active(self) -> Pane:
        """The viewer that keys speak to: the one that had the focus last, where it shows a picture."""
        pane = self._all[self._active]
        return pane if pane.image is not None else next((p for p in self.panes.values() if p.image), pane)

    @property
    def active_name(self) -> str:
        """Of the active viewer in this row; the first one while a viewer below is active."""
        return next((name for name, pane in self.panes.items() if pane is self.active), next(iter(self.panes)))

    def set_linked(self, on: bool) -> None:
        self.is_linked = on

    def set_window(self, window: WindowLevel) -> None:
        """Window and level of the active viewer, of all where they are linked."""
        self._show_manner(self.panes_meant(), lambda manner: replace(manner, window=window))

    def choose_preset(self, number: int) -> None:
        self.set_window(PRESETS[number - 1].window)

    def reset(self) -> None:
        """Fitted, stored grey values, not flipped."""
        self._show_manner(self.panes_meant(), lambda _: Manner())
        for pane in self.panes_meant():
            pane.view.fit()

    def fit_whole(self) -> None:
        for pane in self.panes_meant():
            pane.view.fit_whole()

    def show_one_to_one(self) -> None:
        for pane in self.panes_meant():
            before = pane.view.look
            pane.view.set_look(replace(before, zoom=1 / pane.view.devicePixelRatioF()))

    def show_same_scale(self) -> str:
        """As many mm per screen pixel in all viewers; the answer says how many, or why that cannot be."""
        shown = [(pane, image) for pane in self.panes.values() if (image := pane.image) is not None]
        if len(shown) < 2:
            return tr("The same scale needs two pictures.")
        found = [(pane, calibration_of(image)) for pane, image in shown]
        for pane, calibration in found:
            if isinstance(calibration, Uncalibrated):
                return tr(
                    "Not the same scale: {title_text} is not calibrated ({reason}).",
                    title_text=pane.title_text,
                    reason=calibration.reason,
                )
        scales = [calibration for _, calibration in found if isinstance(calibration, Scale)]
        zooms = zooms_of_same_scale(scales, [pane.view.look.zoom for pane, _ in shown])
        if zooms is None:
            return tr("Not the same scale: the pixels of the pictures have different shapes.")
        for (pane, _), zoom in zip(shown, zooms, strict=True):
            pane.view.set_look(replace(pane.view.look, zoom=zoom))
        return tr("Same scale: {x_mm:.3f} mm per screen pixel in both viewers.", x_mm=scales[0].x_mm / zooms[0])

    def flip_left_right(self) -> None:
        """Of the active viewer alone: which way round a picture is belongs to that picture."""
        self._show_manner((self.active,), lambda manner: replace(manner, mirrored=not manner.mirrored))

    def flip_up_down(self) -> None:
        self._show_manner((self.active,), lambda manner: replace(manner, upside_down=not manner.upside_down))

    def invert(self) -> None:
        on = not self.active.view.manner.inverted
        self._show_manner(self.panes_meant(), lambda manner: replace(manner, inverted=on))

    def toggle_play(self) -> None:
        """Start or stop all where they are linked, so that they stay together."""
        start = not any(pane.is_playing for pane in self.panes_meant())
        for pane in self.panes_meant():
            pane.play() if start else pane.stop()

    def change_speed(self, step: int) -> None:
        for pane in self.panes_meant():
            pane.change_speed(step)

    def toggle_sweep(self) -> None:
        for pane in self.panes_meant():
            pane.toggle_sweep()

    def step_frame(self, step: int) -> None:
        moving = [p for p in self._all.values() if p.n_frames > 1]
        first = self.active if self.active.n_frames > 1 else next(iter(moving), None)
        if first is not None:
            first.step_frame(step)

    def panes_meant(self) -> tuple[Pane, ...]:
        """Whom a command is for."""
        return tuple(p for p in self._all.values() if p.image) if self.is_linked else (self.active,)

    def _others(self, pane: Pane) -> Iterator[Pane]:
        return (p for p in self._all.values() if p is not pane and p.image is not None) if self.is_linked else iter(())

    def _each_other(self, pane: Pane, act: Callable[[Pane], None]) -> None:
        for other in self._others(pane):
            act(other)

    def _follow_look(self, pane: Pane, before: Look, after: Look) -> None:
        for other in self._others(pane):
            scales = common_scales((pane.image, other.image))
            other.view.set_look(followed(before, after, other.view.look, scales))

    def _follow_window(self, pane: Pane, window: WindowLevel) -> None:
        self._show_manner((*self._others(pane),), lambda manner: replace(manner, window=window))
        self.window_shown.emit(window)

    def _follow_frame(self, pane: Pane, index: int) -> None:
        for other in self._others(pane):
            if other.n_frames > 1:
                other.go_to_frame(followed_frame(index, pane.n_frames, other.n_frames))

    def _show_manner(self, panes: tuple[Pane, ...], change: Callable[[Manner], Manner]) -> None:
        for pane in panes:
            pane.set_manner(change(pane.view.manner))
        self.window_shown.emit(self.active.view.window_level)

    def _focused(self, name: str) -> None:
        self._active = name
        self.window_shown.emit(self.active.view.window_level)
