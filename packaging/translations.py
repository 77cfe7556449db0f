"""Translations of the window: writes the template of all its sentences, and compiles catalogues.

    python packaging/translations.py template sonofuse.pot    all sentences of the sources
    python packaging/translations.py compile de.po            makes resources/translations/de.mo

A translator copies the template to e.g. de.po, fills it in with any gettext editor and compiles it; the language can
then be chosen in the preferences.
"""

from __future__ import annotations

import ast
import struct
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "resources" / "translations"
HEADER = "Content-Type: text/plain; charset=UTF-8\nContent-Transfer-Encoding: 8bit\n"
PLURAL = "Plural-Forms: nplurals=2; plural=(n != 1);\n"
Message = tuple[str, str]
"""A sentence and its plural, "" where it has none."""


def messages(sources: Path = ROOT / "workstation") -> dict[Message, list[str]]:
    """Every sentence that goes through `workstation.words`, with the files it stands in."""
    found: dict[Message, list[str]] = {}
    for path in sorted(sources.rglob("*.py")):
        for message in _in(ast.parse(path.read_text(encoding="utf-8"))):
            places = found.setdefault(message, [])
            place = path.relative_to(sources.parent).as_posix()
            if place not in places:
                places.append(place)
    return found


def _in(tree: ast.Module) -> Iterator[Message]:
    """Literal arguments of `tr`, `trn` and `later`, and the `text` and `menu` of commands."""
    for call in (node for node in ast.walk(tree) if isinstance(node, ast.Call)):
        name = call.func.id if isinstance(call.func, ast.Name) else ""
        words = [a.value for a in call.args if isinstance(a, ast.Constant) and isinstance(a.value, str)]
        if name in ("tr", "later") and words:
            yield (words[0], "")
        elif name == "trn" and len(words) >= 2:
            yield (words[0], words[1])
        elif name in ("Command", "_tool"):
            for part in call.keywords:
                if part.arg in ("text", "menu") and isinstance(part.value, ast.Constant):
                    yield (str(part.value.value), "")


def template(found: Mapping[Message, list[str]]) -> str:
    """The .pot file."""
    parts = [f'msgid ""\nmsgstr ""\n{_quoted(HEADER + PLURAL)}\n']
    for (one, many), places in found.items():
        lines = [f"#: {place}" for place in places]
        lines += ["#, python-brace-format"] if "{" in one + many else []
        lines += [f"msgid {_quoted(one)}"]
        lines += [f"msgid_plural {_quoted(many)}", 'msgstr[0] ""', 'msgstr[1] ""'] if many else ['msgstr ""']
        parts.append("\n".join(lines) + "\n")
    return "\n".join(parts)


def catalogue(text: str) -> dict[str, str]:
    """What a .po file translates; untranslated and doubtful ("fuzzy") sentences are left out."""
    found: dict[str, str] = {}
    for block in text.replace("\r\n", "\n").split("\n\n"):
        fields: dict[str, str] = {}
        now = ""
        for line in block.splitlines():
            if line.startswith("#"):
                fields["fuzzy"] = fields.get("fuzzy", "") + ("yes" if line[:2] == "#," and "fuzzy" in line else "")
                continue
            name, _, rest = line.partition(" ") if not line.startswith('"') else (now, "", line)
            now = name
            fields[now] = fields.get(now, "") + str(ast.literal_eval(rest)) if rest.strip() else fields.get(now, "")
        key = fields.get("msgid")
        plurals = [fields[name] for name in sorted(fields) if name.startswith("msgstr[")]
        said = "\0".join(plurals) if all(plurals) and plurals else fields.get("msgstr", "")
        if key is not None and said and (not fields.get("fuzzy") or not key):
            found["\0".join(part for part in (key, fields.get("msgid_plural", "")) if part)] = said
    return found


def compiled(found: Mapping[str, str]) -> bytes:
    """A .mo file (GNU gettext manual, "The Format of GNU MO Files")."""
    pairs = sorted((key.encode(), said.encode()) for key, said in {"": HEADER + PLURAL, **found}.items())
    at = 28 + 16 * len(pairs)
    tables: list[bytes] = []
    body = b""
    for column in (0, 1):
        for pair in pairs:
            tables.append(struct.pack("<II", len(pair[column]), at + len(body)))
            body += pair[column] + b"\0"
    head = struct.pack("<7I", 0x950412DE, 0, len(pairs), 28, 28 + 8 * len(pairs), 0, at)
    return head + b"".join(tables) + body


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'


def main(words: list[str]) -> int:
    match words:
        case ["template", name]:
            Path(name).write_text(template(messages()), encoding="utf-8", newline="\n")
            sys.stdout.write(f"{name}\n")
        case ["compile", name]:
            source = Path(name)
            FOLDER.mkdir(parents=True, exist_ok=True)
            target = FOLDER / f"{source.stem}.mo"
            target.write_bytes(compiled(catalogue(source.read_text(encoding="utf-8"))))
            sys.stdout.write(f"{target}\n")
        case _:
            sys.stderr.write(__doc__ or "")
            return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
