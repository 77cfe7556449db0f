"""Every command with its keys, in one table: menus and the cheat sheet are made from it. No Qt."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Command:
    """`name` is the handler's; `keys` in Qt's portable notation, the first is shown in the menu."""

    name: str
    text: str
    menu: str
    keys: tuple[str, ...] = ()
    arguments: tuple[object, ...] = ()
    shown: bool = True


_DIGITS = tuple(
    Command(name="press_digit", text=f"Category {d}", menu="Reading", keys=(str(d),), arguments=(d,), shown=False)
    for d in range(7)
)
_PRESETS = tuple(
    Command(
        name="choose_preset", text=f"Window preset {n}", menu="View", keys=(f"Ctrl+{n}",), arguments=(n,), shown=False
    )
    for n in range(1, 5)
)

COMMANDS = (
    Command(name="open_folder", text="Open folder …", menu="File", keys=("Ctrl+O",)),
    Command(name="open_demo", text="Open the demo study", menu="File"),
    Command(name="show_refusals", text="Files that were not opened …", menu="File"),
    Command(name="close", text="Quit", menu="File", keys=("Ctrl+Q",)),
    Command(name="next_case", text="Next case", menu="Reading", keys=("N", "PgDown")),
    Command(name="previous_case", text="Previous case", menu="Reading", keys=("P", "PgUp")),
    Command(name="save", text="Save reading", menu="Reading", keys=("Ctrl+S",)),
    Command(name="save_and_next", text="Save and next", menu="Reading", keys=("Ctrl+Return", "Ctrl+Enter")),
    *_DIGITS,
    Command(name="toggle_evidence", text="Evidence map on or off", menu="View", keys=("H",)),
    Command(name="reset_view", text="Reset view", menu="View", keys=("R",)),
    Command(name="show_whole", text="Whole frame", menu="View", keys=("F",)),
    Command(name="toggle_play", text="Play or pause the loop", menu="View", keys=("C",)),
    Command(name="previous_frame", text="Previous frame", menu="View", keys=(",",)),
    Command(name="next_frame", text="Next frame", menu="View", keys=(".",)),
    *_PRESETS,
    Command(name="focus_images", text="Go to the images", menu="View", keys=("Esc",)),
    Command(name="toggle_theme", text="Light or dark", menu="View", keys=("Ctrl+T",)),
    Command(name="show_keys", text="Keyboard and mouse", menu="Help", keys=("F1", "?")),
    Command(name="show_about", text="About SonoFuse", menu="Help"),
)

GESTURES = (
    ("Mouse wheel, + and −", "Zoom"),
    ("Drag", "Pan"),
    ("Right-drag", "Window (sideways) and level (up and down)"),
    ("Double-click", "Fit the ultrasound region"),
    ("Arrow keys in an image", "Previous or next frame, previous or next case"),
    ("Arrow keys in a descriptor row", "Go along its terms; Space chooses, Backspace clears"),
)


def sheet() -> tuple[tuple[str, tuple[tuple[str, str], ...]], ...]:
    """The cheat sheet: heading, rows of (keys, what they do)."""
    groups: list[tuple[str, tuple[tuple[str, str], ...]]] = []
    for menu in dict.fromkeys(c.menu for c in COMMANDS):
        rows = [(" or ".join(c.keys), c.text) for c in COMMANDS if c.menu == menu and c.keys and c.shown]
        if menu == "Reading":
            rows.append(("0 to 6", "BI-RADS category; 4 again: 4A, 4B, 4C"))
        if menu == "View":
            rows.append(("Ctrl+1 to Ctrl+4", "Window presets"))
        groups.append((menu, tuple(rows)))
    groups.append(("Mouse and arrows", GESTURES))
    return tuple(groups)
