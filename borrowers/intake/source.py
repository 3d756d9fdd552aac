"""Reading a placement: a folder, a zip, a workbook or one CSV file, row by row, without holding it in memory."""

from __future__ import annotations

import csv
import io
import zipfile
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any, BinaryIO

from python_calamine import CalamineError, CalamineWorkbook

from borrowers.errors import InputError

Row = dict[str, str]


class FileRefused(InputError):
    """The file as a whole cannot be taken: `where` names file, row and column."""


@dataclass(frozen=True)
class Table:
    """One table of a placement. `rows` yields (row number as a person counts, values by column); row 1 is the header."""

    name: str
    file: str
    header: tuple[str, ...]
    rows: Callable[[], Iterator[tuple[int, Row]]]


@contextmanager
def open_source(path: Path, only: str = "") -> Iterator[dict[str, Table]]:
    """The tables found at `path`, by name (file or sheet name without ending, lower case).

    `only` names the table that a single CSV file is taken for. Raises FileRefused, also while rows are read.
    """
    if not path.exists():
        raise FileRefused(path.name, "there is no such file or folder")
    try:
        if path.is_dir():
            yield {name: _csv_table(name, file.name, file.open) for name, file in _csv_files(path)}
        elif path.suffix.lower() == ".zip":
            with zipfile.ZipFile(path) as archive:
                yield _zip_tables(archive)
        elif path.suffix.lower() in (".xlsx", ".xlsm"):
            yield _workbook_tables(path)
        else:
            name = only or path.stem.lower()
            yield {name: _csv_table(name, path.name, path.open)}
    except (zipfile.BadZipFile, zlib.error, EOFError, CalamineError) as error:
        raise FileRefused(path.name, "cannot be read: %(why)s", why=error) from error
    except OSError as error:
        raise FileRefused(path.name, "cannot be read: %(why)s", why=error.strerror or error) from error


def _csv_files(folder: Path) -> Iterator[tuple[str, Path]]:
    for file in sorted(folder.iterdir()):
        if file.suffix.lower() == ".csv":
            yield file.stem.lower(), file


def _zip_tables(archive: zipfile.ZipFile) -> dict[str, Table]:
    tables = {}
    for info in archive.infolist():
        file = Path(info.filename)
        if file.suffix.lower() != ".csv" or file.name.startswith(".") or "__MACOSX" in file.parts:
            continue

        def opener(mode: str, info: zipfile.ZipInfo = info, file_name: str = file.name) -> Any:
            try:
                return archive.open(info)
            except RuntimeError as error:  # a password, or a way of packing that Python does not know
                raise FileRefused(file_name, "cannot be read: %(why)s", why=error) from error

        if file.stem.lower() in tables:
            # An older copy in a subfolder must not win by its place in the archive.
            raise FileRefused(file.name, "%(name)s stands there twice", name=file.stem.lower())
        tables[file.stem.lower()] = _csv_table(file.stem.lower(), file.name, opener)
    return tables


def _csv_table(name: str, file: str, opener: Callable[[str], Any]) -> Table:
    with opener("rb") as raw:
        encoding = _encoding(raw, file)
    with _text(opener, encoding) as text:
        header = next(csv.reader(text), None)
    columns = _columns(header, file)

    def rows() -> Iterator[tuple[int, Row]]:
        with _text(opener, encoding) as text:
            reader = csv.reader(text)
            next(reader)
            try:
                for values in reader:
                    if len(values) > len(columns):
                        raise FileRefused(
                            f"{file} row {reader.line_num}",
                            "has %(got)s values for %(wanted)s columns",
                            got=len(values),
                            wanted=len(columns),
                        )
                    if any(values):
                        yield reader.line_num, dict(zip(columns, map(str.strip, values), strict=False))
            except csv.Error as error:
                raise FileRefused(f"{file} row {reader.line_num}", "cannot be read: %(why)s", why=error) from error

    return Table(name, file, columns, rows)


@contextmanager
def _text(opener: Callable[[str], Any], encoding: str) -> Iterator[io.TextIOWrapper]:
    with opener("rb") as raw, io.TextIOWrapper(raw, encoding=encoding, newline="") as text:
        yield text


def _encoding(raw: BinaryIO, file: str) -> str:
    """utf-8-sig, else gb18030; FileRefused with the row when it is neither. Reads the file once, in pieces."""
    import codecs

    utf8, gb = codecs.getincrementaldecoder("utf-8")(), codecs.getincrementaldecoder("gb18030")()
    utf8_fits = gb_fits = True
    row, wrong = 1, 0
    # The empty last piece tells the decoders that a character cut off by the end of the file is an error.
    last = False
    while not last:
        chunk = raw.read(1 << 20)
        last = not chunk
        if b"\0" in chunk:
            raise FileRefused(f"{file} row {row}", "is neither UTF-8 nor GB 18030 text")
        if utf8_fits:
            try:
                utf8.decode(chunk, last)
            except UnicodeDecodeError as error:
                utf8_fits = False
                wrong = max(wrong, row + chunk[: error.start].count(b"\n"))
        if gb_fits:
            try:
                gb.decode(chunk, last)
            except UnicodeDecodeError as error:
                gb_fits = False
                wrong = max(wrong, row + chunk[: error.start].count(b"\n"))
        if not (utf8_fits or gb_fits):
            # The encoding that went further is the likelier one: its row is named.
            raise FileRefused(f"{file} row {wrong}", "is neither UTF-8 nor GB 18030 text")
        row += chunk.count(b"\n")
    return "utf-8-sig" if utf8_fits else "gb18030"


def _columns(header: Sequence[object] | None, file: str) -> tuple[str, ...]:
    columns = tuple(str(name).strip().lower() for name in header or ())
    if not any(columns):
        raise FileRefused(f"{file} row 1", "the header row is missing")
    twice = {name for name in columns if name and columns.count(name) > 1}
    if twice:
        raise FileRefused(f"{file} row 1, column {min(twice)}", "the column stands there twice")
    return columns


def _workbook_tables(path: Path) -> dict[str, Table]:
    book = CalamineWorkbook.from_path(str(path))
    tables = {}
    for sheet in book.sheet_names:
        rows = book.get_sheet_by_name(sheet).iter_rows()
        header = next(rows, None)
        if header is None:
            continue
        file = f"{path.name} sheet {sheet}"
        columns = _columns(header, file)

        def read(sheet: str = sheet, columns: tuple[str, ...] = columns) -> Iterator[tuple[int, Row]]:
            lines = book.get_sheet_by_name(sheet).iter_rows()
            next(lines, None)
            for number, values in enumerate(lines, start=2):
                texts = [_cell(value) for value in values]
                if any(texts):
                    yield number, dict(zip(columns, texts, strict=False))

        tables[sheet.strip().lower()] = Table(sheet.strip().lower(), file, columns, read)
    return tables


def _cell(value: Any) -> str:
    """A cell as it would stand in a CSV file. Numbers come as floats: 12345.0 is the identifier 12345."""
    if value is None or value == "":
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        number = Decimal(str(value))
        return str(int(number)) if number == number.to_integral_value() else format(number, "f")
    if hasattr(value, "date") and hasattr(value, "hour"):
        return value.date().isoformat() if (value.hour, value.minute) == (0, 0) else value.isoformat()
    if hasattr(value, "isoformat"):
        return str(value.isoformat())
    return str(value).strip()
