"""Records how far each partition is spilled beside the files of its events, so that both are consistent."""

import msgspec

from dataflows.history.ledger import Ledger


class Reading(msgspec.Struct, frozen=True):
    """The position at which a partition continues (`state`), and whether it was read to its end, after `rows` rows."""

    state: bytes
    ended: bool
    rows: int = 0


Readings = dict[str, Reading]
"""Readings by `<source>/<partition>`."""


def place_of(source: str, partition: str) -> str:
    """Returns the name of a source's partition in readings.

    >>> place_of("orders", "0")
    'orders/0'
    """
    return f"{source}/{partition}"


def encoded(readings: Readings) -> bytes:
    """Encodes readings as an entry of the ledger."""
    return msgspec.json.encode(readings)


def readings_of(ledger: Ledger, prepared: bool = False) -> Readings:
    """Returns the newest reading of each partition with its total rows; entries are numbered over all runs of a job.

    With `prepared` entries it gives the progress of a running stage.
    """
    entries = sorted(ledger.entries(prepared).items(), key=lambda entry: number_of(entry[0]))
    newest: Readings = {}
    for _, content in entries:
        read_on(newest, msgspec.json.decode(content, type=Readings))
    return newest


def read_on(readings: Readings, newer: Readings) -> None:
    """Adds newer readings; the rows of a partition add up."""
    for place, reading in newer.items():
        before = readings[place].rows if place in readings else 0
        readings[place] = msgspec.structs.replace(reading, rows=before + reading.rows)


def number_of(entry: str) -> int:
    """Returns the number of an entry `<process>-<number>`.

    >>> number_of("0-000012")
    12
    """
    return int(entry.rsplit("-", 1)[1])
