"""What is wrong with a data set that was asked for."""

from connectors.errors import ExitCode, HeadraceError


class DatasetError(HeadraceError):
    """A data set that cannot be made as it was asked; the message names the place, the value and what was expected."""

    exit_code = ExitCode.WRONG


class DatasetChanged(DatasetError):
    """A data set that is not what was written; the message says what differs."""

    exit_code = ExitCode.NO


class SpineError(DatasetError):
    """A spine that cannot be used: the message names its file, and the row and the column where it is of one.

    >>> print(SpineError.at("labels.csv", "label_time", 2, "null", "a time"))
    labels.csv: column label_time, row 2 (the first is 0): null; expected a time
    """

    @classmethod
    def at(cls, place: str, column: str, row: int, found: str, expected: str) -> "SpineError":
        """One value of a column."""
        return cls(f"{place}: column {column}, row {row} (the first is 0): {found}; expected {expected}")

    @classmethod
    def of_column(cls, place: str, column: str, found: str, expected: str) -> "SpineError":
        """A whole column."""
        return cls(f"{place}: column {column} {found}; expected {expected}")
