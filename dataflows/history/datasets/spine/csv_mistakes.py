"""Names the row and the column of a CSV file that cannot be read, with a second, slower pass."""

import re
from collections.abc import Callable, Sequence
from itertools import count

import pyarrow as pa
import pyarrow.csv as pa_csv

from dataflows.history.datasets.errors import SpineError
from dataflows.readable import one_line

_COLUMN = re.compile(r"In CSV column #(\d+):.*invalid UTF8 data")
_SHOWN_CHARS = 80
InvalidRowHandler = Callable[[pa_csv.InvalidRow], str]
OpenAgain = Callable[[pa.DataType, InvalidRowHandler], pa_csv.CSVStreamingReader]
"""Opens the file with one type for all columns, so that rows are numbered."""


def mistake_of(place: str, reason: str, names: Sequence[str], again: OpenAgain) -> SpineError:
    """Returns the error for a file that Arrow refuses for a `reason`."""
    if reason.startswith("CSV parse error") and (broken := _broken_row(again)):
        shown = one_line(broken.text[:_SHOWN_CHARS])
        fields = (
            f"the number of fields is {broken.actual_columns}; expected {broken.expected_columns}, as in the header"
        )
        return SpineError(f"{place}: row {broken.number - 2} (the first is 0): {shown}: {fields}")
    if column := _COLUMN.search(reason):
        name = names[int(column.group(1))]
        row = _row_of_other_bytes(name, again)
        return SpineError(f"{place}: column {name}, row {row} (the first is 0): not UTF-8; save the file as UTF-8")
    return SpineError(f"{place}: cannot be read: {reason}")


def _broken_row(again: OpenAgain) -> pa_csv.InvalidRow | None:
    """Returns the first row with another number of fields than the header; rows are counted from 1, with the header."""
    broken: list[pa_csv.InvalidRow] = []

    def note(row: pa_csv.InvalidRow) -> str:
        broken.append(row)
        return "skip"

    with again(pa.binary(), note) as reader:
        while not broken and next(iter(reader), None) is not None:
            pass
    return broken[0] if broken else None


def _row_of_other_bytes(name: str, again: OpenAgain) -> int:
    rows = count()
    with again(pa.binary(), lambda _: "error") as reader:
        for block in reader:
            for value, row in zip(block.column(name), rows, strict=False):
                if not is_utf8(value.as_py() or b""):
                    return row
    raise AssertionError(f"all values of column {name} are UTF-8")


def is_utf8(text: bytes) -> bool:
    """Returns whether bytes are text in UTF-8."""
    try:
        text.decode()
    except UnicodeDecodeError:
        return False
    return True
