"""The app with all verbs. `sonofuse` without a verb, and `open`, belong to the window (`workstation.__main__`)."""

from __future__ import annotations

from typing import Annotated

import typer

from engine import __version__
from engine.cli import compare, doctor, evaluate, export_readings, models, phantom, scan, score, train

app = typer.Typer(
    name="sonofuse",
    help="Diagnostic workstation for multimodal ultrasound. Research use, not a medical device.",
    epilog="Example: sonofuse score study/ --out results/ --heatmaps",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 80},
)


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"sonofuse {__version__}")
        raise typer.Exit


@app.callback()
def _all_verbs(
    version: Annotated[bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version.")] = (
        False
    ),
) -> None:
    pass


for _verb in (scan, score, phantom, train, evaluate, compare, export_readings, models, doctor):
    _verb.add_to(app)
