"""Commands whose keys hold while a picture has the keyboard. No Qt."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from workstation.command import Command, Place
from workstation.words import later

PictureKeys = Mapping[tuple[Place, str], Command]
"""Which command a key means, in each place."""

_WAYS = (("Left", -1, 0), ("Right", 1, 0), ("Up", 0, -1), ("Down", 0, 1))
_IMAGE, _DRAW = later("Image"), later("Draw")


def _one(
    name: str, text: str, keys: Sequence[str], family: str, *arguments: int, place: Place = Place.PICTURE
) -> Command:
    menu = _IMAGE if place is Place.PICTURE else _DRAW
    return Command(
        name=name,
        text=text,
        menu=menu,
        keys=tuple(keys),
        arguments=arguments,
        shown=False,
        place=place,
        family=family,
    )


def _four(name: str, texts: Sequence[str], modifier: str, family: str, place: Place = Place.PICTURE) -> list[Command]:
    """One command for each arrow key: left, right, up, down."""
    return [
        _one(name, text, (modifier + key,), family, x, y, place=place)
        for text, (key, x, y) in zip(texts, _WAYS, strict=True)
    ]


_FRAMES, _CASES = later("Previous or next frame"), later("Previous or next case")
_PAN, _SHADE = later("Move the picture"), later("Brightness (up, down) and contrast (left, right)")
_ZOOM, _NUDGE, _RESIZE = later("Zoom"), later("Move what is chosen"), later("Resize what is chosen")
PICTURE_COMMANDS = (
    _one("step_frame_here", later("Previous frame here"), ("Left",), _FRAMES, -1),
    _one("step_frame_here", later("Next frame here"), ("Right",), _FRAMES, 1),
    _one("step_case_here", later("Previous case from here"), ("Up",), _CASES, -1),
    _one("step_case_here", later("Next case from here"), ("Down",), _CASES, 1),
    *_four(
        "pan",
        (
            later("Move the picture left"),
            later("Move the picture right"),
            later("Move the picture up"),
            later("Move the picture down"),
        ),
        "Ctrl+",
        _PAN,
    ),
    *_four(
        "shade", (later("Less contrast"), later("More contrast"), later("Brighter"), later("Darker")), "Alt+", _SHADE
    ),
    _one("zoom_step", later("Zoom in"), ("+", "="), _ZOOM, 1),
    _one("zoom_step", later("Zoom out"), ("-",), _ZOOM, -1),
    _one("play_here", later("Play or pause here"), ("Space",), later("Play or pause")),
    _one(
        "pair_here",
        later("Pair the view that is looked at"),
        ("Return", "Enter"),
        later("Pair a view that is only looked at"),
    ),
    _one("go_back_here", later("Back to the paired image"), ("Backspace",), later("Back to the paired image")),
    _one(
        "place_mark",
        later("Place it in the middle"),
        ("Return", "Enter"),
        later("Place it in the middle"),
        place=Place.TOOL,
    ),
    *_four(
        "nudge",
        (
            later("Move what is chosen left"),
            later("Move what is chosen right"),
            later("Move what is chosen up"),
            later("Move what is chosen down"),
        ),
        "",
        _NUDGE,
        Place.MARK,
    ),
    *_four(
        "resize_mark",
        (
            later("Last handle of what is chosen left"),
            later("Last handle of what is chosen right"),
            later("Last handle of what is chosen up"),
            later("Last handle of what is chosen down"),
        ),
        "Shift+",
        _RESIZE,
        Place.MARK,
    ),
)


def picture_keys(commands: Iterable[Command]) -> PictureKeys:
    """The keys of those commands that are a picture's."""
    return {(c.place, key): c for c in commands if c.place is not Place.WINDOW for key in c.keys}
