"""How verbs talk to the terminal: sentences instead of tracebacks, exit codes, progress with rate and time left."""

from __future__ import annotations

import contextlib
import signal
import sys
from collections.abc import Callable, Iterator
from typing import Any

import typer

from engine.domain.errors import CaseError, ErrorKind

USAGE, NOTHING_DONE, CANCELLED = 2, 3, 130
"""Exit codes beside 0."""


@contextlib.contextmanager
def spoken_errors() -> Iterator[None]:
    """Turns a `CaseError` into its sentence on stderr and an exit code, and Ctrl-C or SIGTERM into 130."""
    before = _terminate_like_ctrl_c()
    try:
        yield
    except CaseError as error:
        typer.echo(error.sentence, err=True)
        raise typer.Exit(USAGE if error.kind is ErrorKind.INVALID else NOTHING_DONE) from error
    except KeyboardInterrupt as error:
        typer.echo("Cancelled.", err=True)
        raise typer.Exit(CANCELLED) from error
    except BrokenPipeError as error:  # `sonofuse scan folder | head`
        sys.stderr.close()
        raise typer.Exit(0) from error
    finally:
        if before is not None:
            signal.signal(signal.SIGTERM, before)


def _terminate_like_ctrl_c() -> Any:
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    try:
        return signal.signal(signal.SIGTERM, interrupt)
    except ValueError:  # not the main thread
        return None


@contextlib.contextmanager
def progress_bar() -> Iterator[Callable[[int, int, str], None]]:
    """A bar on stderr with count, rate and time left; gives the function to call with (step, total, words).

    A count that falls begins a new phase, with a rate of its own. Without a terminal nothing is drawn, so that logs
    stay short.
    """
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    console = Console(stderr=True)
    if not console.is_terminal:
        yield lambda step, total, words: None
        return
    shape = (
        TextColumn("{task.description:<33}"),
        BarColumn(bar_width=24),
        MofNCompleteColumn(),
        TextColumn("{task.fields[rate]}"),
    )
    with Progress(*shape, TimeRemainingColumn(), console=console, transient=True) as bar:
        running = bar.add_task("starting", total=None, rate="")

        def show(step: int, total: int, words: str = "") -> None:
            if step < bar.tasks[0].completed:
                bar.reset(running, total=total, rate="")
            speed = bar.tasks[0].speed
            rate = f"{speed:.1f}/s" if speed else ""
            bar.update(running, completed=step, total=total, description=words[:33], rate=rate)

        yield show
