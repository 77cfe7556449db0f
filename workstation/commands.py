"""Every command with its keys, in one table: menus and the cheat sheet are made from it. No Qt."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import replace

from workstation.command import Command
from workstation.viewing.pencil import Tool
from workstation.viewing.picture_keys import PICTURE_COMMANDS
from workstation.words import later, tr

_CATEGORY, _PRESET = later("BI-RADS category; 4 again: 4A, 4B, 4C"), later("Window presets")
_DIGITS = tuple(
    Command(
        name="press_digit",
        text="Category {n}",
        menu="Reading",
        keys=(str(d),),
        arguments=(d,),
        shown=False,
        family=_CATEGORY,
    )
    for d in range(7)
)
_PRESETS = tuple(
    Command(
        name="choose_preset",
        text="Window preset {n}",
        menu="View",
        keys=(f"Ctrl+{n}",),
        arguments=(n,),
        shown=False,
        family=_PRESET,
    )
    for n in range(1, 5)
)
_ARROWS = {"Left", "Right", "Up", "Down"}


def _tool(tool: Tool, *, text: str, key: str) -> Command:
    return Command(name="set_tool", text=text, menu="Draw", keys=(key,), arguments=(tool,))


COMMANDS = (
    Command(name="open_folder", text="Open folder …", menu="File", keys=("Ctrl+O",)),
    Command(name="open_demo", text="Open the demo study", menu="File"),
    Command(name="show_refusals", text="Files that were not opened …", menu="File"),
    Command(name="back_up", text="Back up the case database …", menu="File"),
    Command(name="restore", text="Restore the case database …", menu="File"),
    Command(name="show_preferences", text="Preferences …", menu="File", keys=("Ctrl+,",)),
    Command(name="close", text="Quit", menu="File", keys=("Ctrl+Q",)),
    Command(name="next_case", text="Next case", menu="Reading", keys=("N", "PgDown")),
    Command(name="previous_case", text="Previous case", menu="Reading", keys=("P", "PgUp")),
    Command(name="save", text="Save reading", menu="Reading", keys=("Ctrl+S",)),
    Command(name="save_and_next", text="Save and next", menu="Reading", keys=("Ctrl+Return", "Ctrl+Enter")),
    Command(name="show_agreement", text="Agreement with AI …", menu="Reading", keys=("Ctrl+G",)),
    Command(name="focus_filter", text="Find a case", menu="Reading", keys=("Ctrl+F",)),
    Command(name="toggle_what_if", text="What if another descriptor", menu="Reading", keys=("W",)),
    *_DIGITS,
    Command(name="toggle_evidence", text="Evidence map on or off", menu="View", keys=("H",)),
    Command(name="toggle_link", text="Link the viewers", menu="View", keys=("L",)),
    Command(name="fit_whole", text="Whole frame", menu="View", keys=("F",)),
    Command(name="show_one_to_one", text="One to one", menu="View", keys=("O",)),
    Command(name="same_scale", text="Same scale in both viewers", menu="View", keys=("M",)),
    Command(name="flip_left_right", text="Flip left-right", menu="View", keys=("X",)),
    Command(name="flip_up_down", text="Flip up-down", menu="View", keys=("Y",)),
    Command(name="invert", text="Invert", menu="View", keys=("I",)),
    Command(name="toggle_loupe", text="Loupe", menu="View", keys=("Z",)),
    Command(name="toggle_colour_box", text="Colour box on or off", menu="View", keys=("V",)),
    Command(name="toggle_below", text="Views below", menu="View", keys=("U",)),
    Command(name="reset", text="Reset view", menu="View", keys=("R",)),
    *_PRESETS,
    Command(name="focus_images", text="Go to the images, put the tool away", menu="View", keys=("Esc",)),
    Command(name="toggle_theme", text="Light or dark", menu="View", keys=("Ctrl+T",)),
    _tool(Tool.DISTANCE, text="Distance", key="D"),
    _tool(Tool.AREA, text="Ellipse area", key="E"),
    _tool(Tool.SIZE, text="Lesion size, three axes", key="S"),
    _tool(Tool.ROI_BOX, text="Region of interest, box", key="B"),
    _tool(Tool.ROI_ELLIPSE, text="Region of interest, ellipse", key="Shift+B"),
    Command(name="toggle_limited", text="Analyse around the region only", menu="Draw", keys=("G",)),
    _tool(Tool.ARROW, text="Arrow", key="A"),
    _tool(Tool.NOTE, text="Text", key="T"),
    Command(name="toggle_key_image", text="Key image", menu="Draw", keys=("K",)),
    Command(name="choose_next_mark", text="Choose the next mark", menu="Draw", keys=("J",)),
    Command(name="remove", text="Remove what is chosen", menu="Draw", keys=("Del",)),
    Command(name="undo", text="Undo drawing", menu="Draw", keys=("Ctrl+Z",)),
    Command(name="redo", text="Redo drawing", menu="Draw", keys=("Ctrl+Shift+Z",)),
    Command(name="toggle_play", text="Play or pause", menu="Cine", keys=("C",)),
    Command(name="step_frame", text="Previous frame", menu="Cine", keys=(",",), arguments=(-1,)),
    Command(name="step_frame", text="Next frame", menu="Cine", keys=(".",), arguments=(1,)),
    Command(name="change_speed", text="Slower", menu="Cine", keys=("[",), arguments=(-1,)),
    Command(name="change_speed", text="Faster", menu="Cine", keys=("]",), arguments=(1,)),
    Command(name="toggle_sweep", text="Back and forth", menu="Cine", keys=("\\",)),
    *PICTURE_COMMANDS,
    Command(name="score_folder", text="Score a folder …", menu="Batch", keys=("Ctrl+B",)),
    Command(name="show_training", text="Train a model …", menu="Models", keys=("Ctrl+Shift+T",)),
    Command(name="show_models", text="Installed models …", menu="Models", keys=("Ctrl+M",)),
    Command(name="evaluate_model", text="Evaluate a model …", menu="Models", keys=("Ctrl+E",)),
    Command(name="export_readings", text="Export my readings as a training set …", menu="Models"),
    Command(name="show_keys", text="Keyboard and mouse", menu="Help", keys=("F1", "?")),
    Command(name="show_log", text="Log …", menu="Help"),
    Command(name="show_about", text="About SonoFuse", menu="Help"),
)

GESTURES = (
    (later("Mouse wheel"), later("Zoom")),
    (later("Drag"), later("Move the picture")),
    (later("Right-drag"), later("Window (sideways) and level (up and down)")),
    (later("Double-click"), later("Fit the ultrasound region")),
    (later("Drag a view onto an image"), later("Pair it there")),
    (later("Arrow keys in a descriptor row"), later("Go along its terms; Space chooses, Backspace clears")),
)


Keys = Mapping[str, tuple[str, ...]]
"""Keys by `Command.id`, of commands whose keys were changed."""


def with_keys(own: Keys) -> tuple[Command, ...]:
    """All commands with the person's own keys."""
    return tuple(replace(c, keys=own[c.id]) if c.id in own else c for c in COMMANDS)


def rebound(own: Keys, command: str, keys: tuple[str, ...]) -> dict[str, tuple[str, ...]]:
    """The person's keys after `command` got `keys`; the first ones again are not kept."""
    known = next(c for c in COMMANDS if c.id == command)
    others = {name: given for name, given in own.items() if name != command}
    return others if keys == known.keys else {**others, command: keys}


def conflicts(commands: tuple[Command, ...]) -> dict[str, tuple[Command, ...]]:
    """Keys that more than one command would answer at the same time."""
    users: dict[str, list[Command]] = {}
    for command in commands:
        for key in dict.fromkeys(command.keys):
            users.setdefault(key, []).append(command)
    found = {}
    for key, those in users.items():
        clashing = [one for one in those if any(one.clashes_with(other) for other in those if other is not one)]
        if clashing:
            found[key] = tuple(clashing)
    return found


def own_keys(kept: object) -> dict[str, tuple[str, ...]]:
    """The person's keys from the preferences; what is no such table, or would give a key twice, is left out."""
    known = {c.id for c in COMMANDS}
    found: dict[str, tuple[str, ...]] = {}
    for name, keys in kept.items() if isinstance(kept, dict) else ():
        if name in known and isinstance(keys, list) and all(isinstance(k, str) for k in keys):
            found[name] = tuple(keys)
    return found if not conflicts(with_keys(found)) else {}


def sheet(own: Keys | None = None) -> tuple[tuple[str, tuple[tuple[str, str], ...]], ...]:
    """The cheat sheet: heading, rows of (keys, what they do)."""
    commands = with_keys(own or {})
    groups: list[tuple[str, tuple[tuple[str, str], ...]]] = []
    for menu in dict.fromkeys(c.menu for c in commands):
        here = [c for c in commands if c.menu == menu and c.keys]
        rows = [(" or ".join(c.keys), c.said) for c in here if c.shown]
        for family in dict.fromkeys(c.family for c in here if c.family):
            rows.append((_joined([c.keys[0] for c in here if c.family == family]), tr(family)))
        groups.append((tr(menu), tuple(rows)))
    groups.append((tr("Mouse and arrows"), tuple((tr(what), tr(does)) for what, does in GESTURES)))
    return tuple(groups)


def _joined(keys: Sequence[str]) -> str:
    """Keys of commands that belong together, in few words."""
    stems, ends = {key[: -len(_end(key))] for key in keys}, [_end(key) for key in keys]
    if len(stems) == 1 and set(ends) == _ARROWS:
        return tr("{modifiers}Arrow keys", modifiers=next(iter(stems)))
    digits = [int(end) for end in ends if end.isdigit()]
    if len(stems) == 1 and len(digits) == len(keys) > 2 and all(b - a == 1 for a, b in itertools.pairwise(digits)):
        return tr("{first} to {last}", first=keys[0], last=keys[-1])
    return " or ".join(keys)


def _end(key: str) -> str:
    """The key itself, without modifiers."""
    return "+" if key.endswith("+") else key.rpartition("+")[2]
