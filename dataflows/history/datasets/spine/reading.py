"""Opens a file as a spine, by its ending."""

import re
from collections.abc import Iterable
from pathlib import Path

import pyarrow as pa

from dataflows.history.datasets.errors import SpineError
from dataflows.history.datasets.spine.csv_file import CsvSpine
from dataflows.history.datasets.spine.json_lines import JsonSpine
from dataflows.history.datasets.spine.parquet import ParquetSpine
from dataflows.history.datasets.spine.tables import Spine

PARQUET, CSV, JSON_LINES = (".parquet", ".pq"), (".csv",), (".jsonl", ".ndjson", ".json")
_ADDRESS = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+:/")
ENDINGS = (*PARQUET, *CSV, *JSON_LINES)


def open_spine(path: Path, keys: Iterable[str], *, typed: bool = True) -> Spine:
    """Opens the spine in a file. `keys` are ids and times: in a CSV file they stay texts or integers.

    Unless `typed`, all columns of a CSV file stay texts. Raises SpineError.
    """
    expect_local(path)
    if path.is_dir():
        raise SpineError(f"{path}: is a folder; expected a file as {', '.join(ENDINGS)}")
    if not path.is_file():
        raise SpineError(f"{path}: no such file; expected a spine as {', '.join(ENDINGS)}")
    spine = _spine(path, frozenset(keys), typed)
    try:
        _ = spine.schema
    except (pa.ArrowException, OSError) as error:
        raise SpineError(f"{path}: cannot be read: {_first_line(error)}") from error
    return spine


def expect_local(path: Path) -> None:
    """Raises SpineError for an address such as s3://bucket/labels.csv, which would be read as a folder."""
    if _ADDRESS.match(str(path)):
        scheme, _, rest = str(path).partition(":/")
        raise SpineError(f"{scheme}://{rest.lstrip('/')}: is a URL; expected a local file")


def expect_ending(path: Path) -> None:
    """Checks for a local file with a known ending. Raises SpineError."""
    expect_local(path)
    if path.suffix.lower() not in ENDINGS:
        raise SpineError(
            f"{path}: the file extension is {path.suffix or 'missing'}; expected one of {', '.join(ENDINGS)}"
        )


def _spine(path: Path, keys: frozenset[str], typed: bool) -> Spine:
    expect_ending(path)
    ending = path.suffix.lower()
    if ending in PARQUET:
        return ParquetSpine(str(path))
    return CsvSpine(str(path), keys, typed) if ending in CSV else JsonSpine(str(path))


def _first_line(error: Exception) -> str:
    return str(error).split("\n", 1)[0]
