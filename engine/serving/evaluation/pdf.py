"""The report as a PDF of A4 pages (reportlab)."""

from __future__ import annotations

import io
from typing import Any
from xml.sax.saxutils import escape

from matplotlib import font_manager
from reportlab.lib import colors
from reportlab.lib.enums import TA_LEFT
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.platypus import CondPageBreak, Flowable, Image, KeepTogether, Paragraph, SimpleDocTemplate, Spacer
from reportlab.platypus import Table as Grid

from engine.serving.evaluation.document import USE, Document, Section, Table
from engine.serving.evaluation.html import BROAD, caption

FONT, BOLD = "DejaVu Sans", "DejaVu Sans Bold"
INK, SOFT, LINE = colors.HexColor("#1b1f24"), colors.HexColor("#5b6570"), colors.HexColor("#e3e6ea")
WIDTH = A4[0] - 36 * mm
HALF = WIDTH / 2 - 6


def as_pdf(document: Document) -> bytes:
    """The whole file; the same document gives the same bytes."""
    _fonts()
    styles = _styles()
    held = io.BytesIO()
    template = SimpleDocTemplate(
        held,
        pagesize=A4,
        leftMargin=18 * mm,
        rightMargin=18 * mm,
        topMargin=16 * mm,
        bottomMargin=18 * mm,
        title=document.title,
        author="SonoFuse",
        subject=USE,
        invariant=1,
    )
    story: list[Flowable] = [Paragraph(escape(document.title), styles["title"])]
    mark = "Simulated data. " if document.simulated else ""
    story += [Paragraph(escape(document.subtitle), styles["soft"]), Paragraph(escape(mark + USE), styles["mark"])]
    story.append(_facts(document, styles))
    for section in document.sections:
        story += _section(section, styles)

    def foot(canvas: Any, _template: Any) -> None:
        canvas.saveState()
        canvas.setFont(FONT, 7)
        canvas.setFillColor(SOFT)
        canvas.drawString(18 * mm, 10 * mm, f"{document.title}. {mark}{USE}")
        canvas.drawRightString(A4[0] - 18 * mm, 10 * mm, f"page {canvas.getPageNumber()}")
        canvas.restoreState()

    template.build(story, onFirstPage=foot, onLaterPages=foot)
    return held.getvalue()


def _fonts() -> None:
    """The font of the figures; it comes with matplotlib and knows Polish and Portuguese letters."""
    if FONT in pdfmetrics.getRegisteredFontNames():
        return
    for name, weight in ((FONT, "normal"), (BOLD, "bold")):
        found = font_manager.findfont(font_manager.FontProperties(family="DejaVu Sans", weight=weight))
        pdfmetrics.registerFont(TTFont(name, found))


def _styles() -> dict[str, ParagraphStyle]:
    def style(name: str, size: float, **more: Any) -> ParagraphStyle:
        look = {"fontName": FONT, "fontSize": size, "leading": size * 1.4, "textColor": INK, "alignment": TA_LEFT}
        return ParagraphStyle(name, **{**look, **more})

    return {
        "title": style("title", 17, fontName=BOLD),
        "soft": style("soft", 9, textColor=SOFT),
        "mark": style("mark", 9, fontName=BOLD, textColor=colors.HexColor("#9a3d00"), spaceAfter=6),
        "head": style("head", 12.5, fontName=BOLD, spaceBefore=14, spaceAfter=4, keepWithNext=1),
        "text": style("text", 8.5, spaceAfter=4),
        "cell": style("cell", 6.8),
        "cell head": style("cell head", 6.8, fontName=BOLD),
        "caption": style("caption", 7, textColor=SOFT, spaceAfter=8),
    }


def _facts(document: Document, styles: dict[str, ParagraphStyle]) -> Flowable:
    rows = [[Paragraph(escape(text), styles["cell"]) for text in pair] for pair in document.facts]
    grid = Grid(rows, colWidths=[32 * mm, WIDTH - 32 * mm], hAlign="LEFT")
    grid.setStyle(
        [
            ("VALIGN", (0, 0), (-1, -1), "TOP"),
            ("TOPPADDING", (0, 0), (-1, -1), 1),
            ("BOTTOMPADDING", (0, 0), (-1, -1), 1),
        ]
    )
    return grid


def _section(section: Section, styles: dict[str, ParagraphStyle]) -> list[Flowable]:
    rest = 60 * mm if section.tables or section.mistakes else 25 * mm
    room = 110 * mm if section.pictures and not section.tables else rest  # a head never stands alone
    story: list[Flowable] = [CondPageBreak(room), Paragraph(escape(section.title), styles["head"])]
    story += [Paragraph(escape(sentence), styles["text"]) for sentence in section.sentences]
    for table in section.tables:
        story += [_grid(table, styles), Spacer(1, 8)]
    narrow: list[list[Flowable]] = []
    for picture in section.pictures:
        below = Paragraph(escape(picture.caption), styles["caption"])
        if picture.name in BROAD:
            story += _pairs(narrow)
            narrow = []
            story.append(KeepTogether([_image(picture.png, 150 * mm, 100 * mm), below]))
        else:
            narrow.append([_image(picture.png, HALF, 74 * mm), below])
    story += _pairs(narrow)
    told = [(mistake, Paragraph(escape(caption(mistake)), styles["caption"])) for mistake in section.mistakes]
    if any(_is_wide(mistake.picture) for mistake, _ in told):
        return [*story, *(KeepTogether([_image(mistake.picture, WIDTH, 44 * mm), text]) for mistake, text in told)]
    return [*story, *_pairs([[_image(mistake.picture, HALF, 48 * mm), text] for mistake, text in told])]


def _is_wide(data: bytes) -> bool:
    """Two images of a case, each plain and with its map."""
    image = Image(io.BytesIO(data))
    return bool(image.imageWidth > 3 * image.imageHeight)


def _pairs(cells: list[list[Flowable]]) -> list[Flowable]:
    """Two beside each other."""
    rows = [[*cells[i : i + 2], *([""] * (2 - len(cells[i : i + 2])))] for i in range(0, len(cells), 2)]
    if not rows:
        return []
    grid = Grid(rows, colWidths=[WIDTH / 2, WIDTH / 2], hAlign="LEFT")
    plain = [("VALIGN", (0, 0), (-1, -1), "TOP"), ("LEFTPADDING", (0, 0), (-1, -1), 0)]
    grid.setStyle([*plain, ("RIGHTPADDING", (0, 0), (-1, -1), 6), ("TOPPADDING", (0, 0), (-1, -1), 2)])
    return [grid]


def _image(data: bytes, width: float, height: float) -> Flowable:
    image = Image(io.BytesIO(data), hAlign="LEFT")
    scale = min(width / image.imageWidth, height / image.imageHeight)
    image.drawWidth, image.drawHeight = image.imageWidth * scale, image.imageHeight * scale
    return image


def _grid(table: Table, styles: dict[str, ParagraphStyle]) -> Flowable:
    heads = [Paragraph(escape(head), styles["cell head"]) for head in table.heads]
    rows = [[Paragraph(escape(cell), styles["cell"]) for cell in row] for row in table.rows]
    longest = [max(len(head), *(len(row[i]) for row in table.rows)) for i, head in enumerate(table.heads)]
    weights = [min(max(count, 5), 30) for count in longest]
    grid = Grid([heads, *rows], colWidths=[WIDTH * w / sum(weights) for w in weights], repeatRows=1, hAlign="LEFT")
    grid.setStyle(
        [
            ("VALIGN", (0, 0), (-1, -1), "TOP"),
            ("LINEBELOW", (0, 0), (-1, 0), 0.9, SOFT),
            ("LINEBELOW", (0, 1), (-1, -1), 0.4, LINE),
            ("LEFTPADDING", (0, 0), (-1, -1), 0),
            ("RIGHTPADDING", (0, 0), (-1, -1), 5),
            ("TOPPADDING", (0, 0), (-1, -1), 1.5),
            ("BOTTOMPADDING", (0, 0), (-1, -1), 2),
        ]
    )
    return grid
