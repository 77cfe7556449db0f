"""The command line: the same verbs as the window's menus. Heavy libraries are imported inside the verbs."""

from engine.cli.verbs import app

__all__ = ["app"]
