"""CSV files around a study: reading them with plain errors, and cells that no spreadsheet takes for a formula."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from engine.domain.errors import CaseError, ErrorKind

_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
LARGEST_TABLE = 2**28
"""Bytes."""


def read_table(path: Path, required: Sequence[str] = ()) -> list[dict[str, str]]:
    """Rows of a UTF-8 CSV file with a header line; cells are stripped, short rows are filled with "".

    Raises
    ------
    CaseError
        UNREADABLE, TOO_LARGE or INVALID (not text, no header, a required column absent), naming the file.
    """
    try:
        if path.stat().st_size > LARGEST_TABLE:
            raise CaseError(ErrorKind.TOO_LARGE, f"{path.name} is too large for a table of cases.")
        text = path.read_bytes().decode("utf-8-sig")
        reader = csv.DictReader(io.StringIO(text, newline=""), strict=True)
        columns = [c.strip() for c in reader.fieldnames or []]
        reader.fieldnames = columns
        rows = [{k: as_text(v or "") for k, v in row.items() if isinstance(k, str)} for row in reader]
    except OSError as error:
        sentence = f"{path.name} cannot be opened ({error.strerror}). Check that it exists and that you may read it."
        raise CaseError(ErrorKind.UNREADABLE, sentence, str(error)) from error
    except (UnicodeDecodeError, csv.Error) as error:
        sentence = f"{path.name} is not a CSV file in UTF-8. Save it as 'CSV UTF-8' and try again."
        raise CaseError(ErrorKind.INVALID, sentence, str(error)) from error
    lacking = [c for c in required if c not in columns]
    if lacking:
        no_commas = len(columns) == 1 and set(columns[0]) & set(";\t")  # as some spreadsheets save it
        remedy = "Save it with commas between the columns." if no_commas else "Add it to the first line."
        raise CaseError(ErrorKind.INVALID, f"{path.name} has no column '{lacking[0]}'. {remedy}")
    return rows


def table_bytes(columns: Sequence[str], rows: Iterable[Mapping[str, str]]) -> bytes:
    """A CSV file with these columns, its cells guarded by `as_cell`."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows([as_cell(row.get(c, "")) for c in columns] for row in rows)
    return text.getvalue().encode()


def as_cell(value: str) -> str:
    """A cell that a spreadsheet shows as text: what would start a formula gets an apostrophe in front."""
    return f"'{value}" if value.startswith((*_FORMULA_STARTS, "'")) else value


def as_text(cell: str) -> str:
    """What `as_cell` was given."""
    cell = cell.strip()
    return cell[1:] if cell[:1] == "'" and cell[1:2] in (*_FORMULA_STARTS, "'") and len(cell) > 1 else cell
