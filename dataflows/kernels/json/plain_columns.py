"""The columns that events are read into: what is asked of them, what is read, and in which order fields come."""

from typing import NamedTuple

from dataflows.kernels.arrays import Bools, Bytes, Ints, Words

TEXT, ID, INT32, INT64, REAL, BOOL, TIME = range(7)
"""What a column holds; an id is a text that is null when it is empty."""
UNKNOWN = -1
"""A field that is no column."""


class Fields(NamedTuple):
    """The columns of a source: their names in JSON, what they hold, whether every event has them.

    Fields that are no columns are skipped, or not plain.
    """

    names: Words  # (columns, words): each with the quote behind it
    masks: Words  # (columns, words): which bits of the words are of the name
    lengths: Ints
    kinds: Ints
    required: Bools
    skips_unknown: bool


class Columns(NamedTuple):
    """The values that are read. The word of a text is where it begins: in the payloads, or below zero in `others`."""

    words: Ints  # (columns, events)
    lengths: Ints  # (columns, events): of texts
    valid: Bools  # (columns, events)
    others: Bytes  # texts that stand in the payloads with escapes
    taken: Ints  # how many bytes of them


class FieldOrder(NamedTuple):
    """What is known of the order of fields: the column that came last behind each, and which were seen of late."""

    follows: Ints  # per column, one further; the first is that of the first field
    seen: Ints  # per column: the payload that had it last
