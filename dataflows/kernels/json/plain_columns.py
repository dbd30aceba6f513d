"""Holds the columns that events are parsed into: what is expected, what was parsed, and the order of fields."""

from typing import NamedTuple

from dataflows.kernels.arrays import Bools, Bytes, Ints, Words

TEXT, ID, INT32, INT64, REAL, BOOL, TIME = range(7)
"""Type of a column; an id is a text that is null when it is empty."""
UNKNOWN = -1
"""Marks a field that is not a column."""


class Fields(NamedTuple):
    """The columns of a source: their names in JSON, their types, whether every event must have them.

    Fields that are not columns are skipped if they are plain.
    """

    names: Words  # (columns, words): each name with its closing quote
    masks: Words  # (columns, words): which bits of the words belong to the name
    lengths: Ints
    kinds: Ints
    required: Bools
    skips_unknown: bool


class Columns(NamedTuple):
    """Parsed values. The word of a text is its position: in the payloads, or if negative in `others`."""

    words: Ints  # (columns, events)
    lengths: Ints  # (columns, events): lengths of texts
    valid: Bools  # (columns, events)
    others: Bytes  # texts that contain escapes in the payloads, unescaped
    taken: Ints  # number of bytes used in `others`


class FieldOrder(NamedTuple):
    """Learned order of fields: the column that last followed each one, and the payload that last had each one."""

    follows: Ints  # per column, shifted by one; the first entry is for the first field
    seen: Ints  # per column: the last payload that had it
