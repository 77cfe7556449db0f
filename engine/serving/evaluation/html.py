"""The report as one HTML file that needs nothing else: no scripts, no links, pictures inside."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from html import escape

from engine.serving.evaluation.document import USE, Document, Section, Table
from engine.serving.evaluation.gallery import Mistake

_STYLE = """
body{font:15px/1.5 "DejaVu Sans",Verdana,sans-serif;color:#1b1f24;background:#fff;margin:0 auto;max-width:1080px;
padding:28px}
h1{font-size:26px;margin:0 0 2px}h2{font-size:19px;margin:38px 0 8px;padding-top:14px;border-top:2px solid #e3e6ea}
.sub{color:#5b6570;margin:0 0 14px}.mark{display:inline-block;border:1.5px solid #9a3d00;color:#9a3d00;
border-radius:4px;padding:1px 9px;font-weight:bold;margin-right:8px}
.use{border-color:#5b6570;color:#5b6570}
dl{display:grid;grid-template-columns:max-content 1fr;gap:3px 18px;margin:14px 0;font-size:13.5px}
dt{color:#5b6570}dd{margin:0;overflow-wrap:anywhere}
table{border-collapse:collapse;font-size:12.5px;margin:12px 0;width:100%}
th{text-align:left;border-bottom:1.5px solid #5b6570;padding:4px 10px 4px 0;vertical-align:bottom}
td{border-bottom:1px solid #e3e6ea;padding:4px 10px 4px 0;vertical-align:top}
td:not(:first-child){font-variant-numeric:tabular-nums}
.wide{overflow-x:auto}
.figures{display:flex;flex-wrap:wrap;gap:18px;align-items:flex-start}
figure{margin:0;flex:1 1 420px;max-width:520px}figure.broad{flex-basis:100%;max-width:760px}
figure img{width:100%;height:auto}figcaption{font-size:12.5px;color:#5b6570}
.mistakes{display:grid;grid-template-columns:repeat(auto-fill,minmax(460px,1fr));gap:20px}
.mistakes figure{max-width:none}.mistakes img{width:auto;max-width:100%}
@media print{h2{break-after:avoid}figure,table{break-inside:avoid}}
"""
BROAD = frozenset({"yardsticks", "subgroups", "contributions", "integration", "localisation"})
"""Pictures that need the whole width."""


def as_html(document: Document) -> bytes:
    """The whole file, UTF-8."""
    return "\n".join(_lines(document)).encode()


def _lines(document: Document) -> Iterator[str]:
    yield '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">'
    yield '<meta name="viewport" content="width=device-width, initial-scale=1">'
    yield '<meta http-equiv="Content-Security-Policy" content="default-src \'none\'; img-src data:; '
    yield f"style-src 'unsafe-inline'\"><title>{escape(document.title)}</title><style>{_STYLE}</style></head><body>"
    yield f'<h1>{escape(document.title)}</h1><p class="sub">{escape(document.subtitle)}</p><p>'
    if document.simulated:
        yield '<span class="mark">Simulated data</span>'
    yield f'<span class="mark use">{escape(USE)}</span></p><dl>'
    yield from (f"<dt>{escape(name)}</dt><dd>{escape(value)}</dd>" for name, value in document.facts)
    yield "</dl>"
    for section in document.sections:
        yield from _section(section)
    yield "</body></html>"


def _section(section: Section) -> Iterator[str]:
    yield f"<section><h2>{escape(section.title)}</h2>"
    yield from (f"<p>{escape(sentence)}</p>" for sentence in section.sentences)
    for table in section.tables:
        yield from _table(table)
    if section.pictures:
        yield '<div class="figures">'
        for picture in section.pictures:
            broad = ' class="broad"' if picture.name in BROAD else ""
            source = f"data:image/svg+xml;base64,{base64.b64encode(picture.svg).decode()}"
            yield f'<figure{broad}><img alt="{escape(picture.title)}" src="{source}">'
            yield f"<figcaption>{escape(picture.caption)}</figcaption></figure>"
        yield "</div>"
    if section.mistakes:
        yield '<div class="mistakes">'
        for mistake in section.mistakes:
            source = f"data:image/png;base64,{base64.b64encode(mistake.picture).decode()}"
            told = caption(mistake)
            yield f'<figure><img alt="{escape(told)}" src="{source}"><figcaption>{escape(told)}</figcaption></figure>'
        yield "</div>"
    yield "</section>"


def caption(mistake: Mistake) -> str:
    """What stands under a picture of the gallery."""
    parts = [
        f"{mistake.kind[0].upper()}{mistake.kind[1:]}: {mistake.case_id}",
        f"{mistake.truth}, called {mistake.called}, probability {mistake.probability:.3f}",
    ]
    parts += [f"{'BI-RADS' if name == 'birads' else name} {value}" for name, value in mistake.facts.items()]
    if mistake.shapley:
        parts.append(", ".join(f"{name} {value:+.2f}" for name, value in mistake.shapley.items()))
    if mistake.weak:
        parts.append("map too weak to draw")
    return " · ".join(parts)


def _table(table: Table) -> Iterator[str]:
    yield '<div class="wide"><table><thead><tr>'
    yield "".join(f"<th>{escape(head)}</th>" for head in table.heads) + "</tr></thead><tbody>"
    for row in table.rows:
        yield "<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>"
    yield "</tbody></table></div>"
