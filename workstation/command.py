"""What a command is, and when its keys hold. No Qt."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from workstation.words import tr


class Place(StrEnum):
    """Where a command's keys hold: WINDOW everywhere, the others while a picture has the keyboard.

    In a picture TOOL, while a drawing tool is on, goes before MARK, while something drawn on it is chosen, and that
    before PICTURE: the same key may have a meaning in each.
    """

    WINDOW = "window"
    PICTURE = "picture"
    MARK = "mark"
    TOOL = "tool"


@dataclass(frozen=True, kw_only=True)
class Command:
    """`name` is the handler's; `keys` in Qt's portable notation, the first is shown in the menu.

    Attributes
    ----------
    shown : it stands in its menu, with a line of its own on the cheat sheet.
    family : the line on the cheat sheet that it shares with others, "" for none.
    """

    name: str
    text: str
    menu: str
    keys: tuple[str, ...] = ()
    arguments: tuple[object, ...] = ()
    shown: bool = True
    place: Place = Place.WINDOW
    family: str = ""

    @property
    def id(self) -> str:
        """What its keys are remembered by."""
        return ":".join((self.name, *map(str, self.arguments)))

    @property
    def said(self) -> str:
        """`text` in the person's language, with its argument."""
        return tr(self.text, n=self.arguments[0]) if "{n}" in self.text else tr(self.text)

    def clashes_with(self, other: Command) -> bool:
        """Whether both would answer the same key at the same time; the window's own keys always win."""
        return self.place is other.place or Place.WINDOW in (self.place, other.place)
