"""Errors of a requested data set."""

from connectors.errors import ExitCode, HeadraceError


class DatasetError(HeadraceError):
    """A data set cannot be built as requested; the message names the place, the value and the expectation."""

    exit_code = ExitCode.WRONG


class DatasetChanged(DatasetError):
    """A data set differs from what was written; the message says how."""

    exit_code = ExitCode.NO


class SpineError(DatasetError):
    """A spine cannot be used: the message names its file, and the row and column if there is one.

    >>> print(SpineError.at("labels.csv", "label_time", 2, "null", "a time"))
    labels.csv: column label_time, row 2 (the first is 0): null; expected a time
    """

    @classmethod
    def at(cls, place: str, column: str, row: int, actual: str, expected: str) -> "SpineError":
        """Creates the error of one value of a column."""
        return cls(f"{place}: column {column}, row {row} (the first is 0): {actual}; expected {expected}")

    @classmethod
    def of_column(cls, place: str, column: str, actual: str, expected: str) -> "SpineError":
        """Creates the error of a whole column."""
        return cls(f"{place}: column {column} {actual}; expected {expected}")
