"""The person's choices by name, with what holds until something is chosen. No Qt."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields, replace

from workstation.preferences import Preferences
from workstation.words import later

DEVICES = {"auto": later("Automatic"), "cpu": later("Processor"), "cuda": later("Graphics card")}
THEMES = {"dark": later("Dark"), "light": later("Light"), "system": later("As the system")}


@dataclass(frozen=True, kw_only=True)
class Choices:
    """What the preferences page shows.

    Attributes
    ----------
    sealed : the AI is shown after the reader's own category is saved.
    autosave : what is being typed is kept.
    language : a locale name that there is a catalogue for, "en", or "system"; it holds from the next start on.
    studies_folder, backup_folder : where the dialogs begin, "" = where the system says.
    """

    sealed: bool = True
    autosave: bool = True
    theme: str = "dark"
    device: str = "auto"
    language: str = "system"
    studies_folder: str = ""
    backup_folder: str = ""


def load_choices(preferences: Preferences) -> Choices:
    """A value that is none of its choices counts as not chosen."""
    known = {f.name: preferences.get(f"choice.{f.name}", f.default) for f in fields(Choices)}
    choices = Choices(**known)
    theme = choices.theme if choices.theme in THEMES else "dark"
    return replace(choices, theme=theme, device=choices.device if choices.device in DEVICES else "auto")


def save_choices(preferences: Preferences, choices: Choices) -> bool:
    """False when they could not be written; they hold until the window is closed all the same."""
    for name, value in asdict(choices).items():
        preferences.set(f"choice.{name}", value)
    return preferences.save()
