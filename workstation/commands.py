"""Every command with its keys, in one table: menus and the cheat sheet are made from it. No Qt."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from workstation.viewing.pencil import Tool
from workstation.words import later, tr


@dataclass(frozen=True, kw_only=True)
class Command:
    """`name` is the handler's; `keys` in Qt's portable notation, the first is shown in the menu."""

    name: str
    text: str
    menu: str
    keys: tuple[str, ...] = ()
    arguments: tuple[object, ...] = ()
    shown: bool = True

    @property
    def id(self) -> str:
        """What its keys are remembered by."""
        return ":".join((self.name, *map(str, self.arguments)))

    @property
    def said(self) -> str:
        """`text` in the person's language, with its argument."""
        return tr(self.text, n=self.arguments[0]) if "{n}" in self.text else tr(self.text)


_DIGITS = tuple(
    Command(name="press_digit", text="Category {n}", menu="Reading", keys=(str(d),), arguments=(d,), shown=False)
    for d in range(7)
)
_PRESETS = tuple(
    Command(
        name="choose_preset", text="Window preset {n}", menu="View", keys=(f"Ctrl+{n}",), arguments=(n,), shown=False
    )
    for n in range(1, 5)
)


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
    Command(name="remove", text="Remove what is chosen", menu="Draw", keys=("Del",)),
    Command(name="undo", text="Undo drawing", menu="Draw", keys=("Ctrl+Z",)),
    Command(name="redo", text="Redo drawing", menu="Draw", keys=("Ctrl+Shift+Z",)),
    Command(name="toggle_play", text="Play or pause", menu="Cine", keys=("C",)),
    Command(name="step_frame", text="Previous frame", menu="Cine", keys=(",",), arguments=(-1,)),
    Command(name="step_frame", text="Next frame", menu="Cine", keys=(".",), arguments=(1,)),
    Command(name="change_speed", text="Slower", menu="Cine", keys=("[",), arguments=(-1,)),
    Command(name="change_speed", text="Faster", menu="Cine", keys=("]",), arguments=(1,)),
    Command(name="toggle_sweep", text="Back and forth", menu="Cine", keys=("\\",)),
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
    (later("Mouse wheel, + and −"), later("Zoom")),
    (later("Drag"), later("Pan")),
    (later("Right-drag"), later("Window (sideways) and level (up and down)")),
    (later("Double-click"), later("Fit the ultrasound region")),
    (later("Arrow keys in an image"), later("Previous or next frame, previous or next case")),
    (later("Space in an image"), later("Play or pause")),
    (later("Return, Backspace in an image"), later("Pair a view that is only looked at, or go back")),
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
    """Keys that more than one command has."""
    users: dict[str, list[Command]] = {}
    for command in commands:
        for key in dict.fromkeys(command.keys):
            users.setdefault(key, []).append(command)
    return {key: tuple(those) for key, those in users.items() if len(those) > 1}


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
        rows = [(" or ".join(c.keys), c.said) for c in commands if c.menu == menu and c.keys and c.shown]
        if menu == "Reading":
            rows.append((tr("0 to 6"), tr("BI-RADS category; 4 again: 4A, 4B, 4C")))
        if menu == "View":
            rows.append((tr("Ctrl+1 to Ctrl+4"), tr("Window presets")))
        groups.append((tr(menu), tuple(rows)))
    groups.append((tr("Mouse and arrows"), tuple((tr(what), tr(does)) for what, does in GESTURES)))
    return tuple(groups)
