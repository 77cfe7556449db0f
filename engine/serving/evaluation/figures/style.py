"""One look for all figures: dark on white, one font, colours that every kind of colour vision tells apart."""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import Any

import matplotlib
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure as Drawing

from engine.evaluation.figures import Figure
from engine.evaluation.judgement import Judgement

# Okabe and Ito, Color Universal Design (2008)
BLUE, VERMILION, GREEN, ORANGE, PURPLE, SKY = "#0072B2", "#D55E00", "#009E73", "#E69F00", "#CC79A7", "#56B4E9"
MODEL, READER, OTHER, BASELINE = BLUE, VERMILION, GREEN, PURPLE
CLASSES = (BLUE, VERMILION, GREEN, ORANGE, PURPLE, SKY, "#000000")
MARKERS = ("o", "s", "^", "D", "v", "P", "X")
INK, SOFT, LINE = "#1b1f24", "#5b6570", "#e3e6ea"
DPI = 160

_SETTINGS: dict[str, Any] = {
    "font.family": "DejaVu Sans",
    "font.size": 9,
    "axes.titlesize": 10.5,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.labelsize": 9,
    "axes.labelcolor": INK,
    "axes.edgecolor": SOFT,
    "axes.titlecolor": INK,
    "axes.grid": True,
    "axes.axisbelow": True,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "grid.color": LINE,
    "grid.linewidth": 0.8,
    "xtick.color": SOFT,
    "ytick.color": SOFT,
    "text.color": INK,
    "legend.frameon": True,
    "legend.framealpha": 0.85,
    "legend.edgecolor": "none",
    "legend.fontsize": 8,
    "lines.linewidth": 1.8,
    "figure.facecolor": "white",
    "savefig.facecolor": "white",
    "svg.fonttype": "path",
    "svg.hashsalt": "sonofuse",
}


@dataclass(frozen=True, kw_only=True)
class Picture:
    """One figure of a report: its file name without ending, what it is, what it shows, and both kinds of file."""

    name: str
    title: str
    caption: str
    png: bytes
    svg: bytes


def styled() -> Any:
    """Context in which everything is drawn."""
    return matplotlib.rc_context(_SETTINGS)  # type: ignore[arg-type]


def drawing(width: float = 5.0, height: float = 4.8) -> tuple[Drawing, Axes]:
    """An empty figure in inches with one pair of axes."""
    made = Drawing(figsize=(width, height), layout="constrained")
    return made, made.subplots()


def signed(made: Drawing, text: str) -> None:
    """The line below a figure that says what it rests on."""
    made.supxlabel(text, x=0.01, ha="left", fontsize=7, color=SOFT)


def basis(judgement: Judgement, *, n: int | None = None, more: str = "") -> str:
    """ "n = 300 simulated cases (127 malignant) · 95 % ... · research use"."""
    cases = "simulated cases" if judgement.simulated else "cases"
    whole = (
        f"n = {judgement.n} {cases} ({judgement.positives} {judgement.question})" if n is None else f"n = {n} {cases}"
    )
    return " · ".join(part for part in (whole, more, "research use") if part)


def picture(name: str, title: str, caption: str, made: Drawing) -> Picture:
    """Both files; the same figure gives the same bytes."""
    png, svg = io.BytesIO(), io.BytesIO()
    made.set_dpi(DPI)
    FigureCanvasAgg(made).print_png(png, metadata={"Software": None})  # type: ignore[no-untyped-call]
    made.set_layout_engine("none")  # laid out once is enough
    made.set_dpi(72)
    FigureCanvasSVG(made).print_svg(svg, metadata={"Date": None, "Creator": "SonoFuse"})  # type: ignore[no-untyped-call]
    return Picture(name=name, title=title, caption=caption, png=png.getvalue(), svg=svg.getvalue())


def said(figure: Figure | None) -> str:
    """ "0.976 (0.962 to 0.990)"."""
    if figure is None or figure.value != figure.value:
        return "not defined"
    if figure.low is None or figure.high is None or figure.low != figure.low:
        return f"{figure.value:.3f}"
    return f"{figure.value:.3f} ({figure.low:.3f} to {figure.high:.3f})"


def p_said(value: float) -> str:
    """ "p < 0.001" or "p = 0.042"."""
    return "p < 0.001" if value < 0.001 else f"p = {value:.3f}"
