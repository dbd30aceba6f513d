"""How far each partition is spilled: kept beside the files of its events, so that neither comes without the other."""

import msgspec

from dataflows.history.ledger import Ledger


class Reading(msgspec.Struct, frozen=True):
    """Where a partition goes on (its `state`), and whether it was read to its end; `rows` were read for that."""

    state: bytes
    ended: bool
    rows: int = 0


Readings = dict[str, Reading]
"""By `<source>/<partition>`."""


def place_of(source: str, partition: str) -> str:
    """What a partition of a source is called in readings.

    >>> place_of("orders", "0")
    'orders/0'
    """
    return f"{source}/{partition}"


def encoded(readings: Readings) -> bytes:
    """As an entry of the ledger."""
    return msgspec.json.encode(readings)


def readings_of(ledger: Ledger, prepared: bool = False) -> Readings:
    """The newest reading of each partition, with all rows read: entries are numbered over all runs of a job.

    With those that are only `prepared`, it tells how far a stage is that runs.
    """
    entries = sorted(ledger.entries(prepared).items(), key=lambda entry: number_of(entry[0]))
    found: Readings = {}
    for _, content in entries:
        read_on(found, msgspec.json.decode(content, type=Readings))
    return found


def read_on(readings: Readings, newer: Readings) -> None:
    """Partitions were read on: their rows add up."""
    for place, reading in newer.items():
        before = readings[place].rows if place in readings else 0
        readings[place] = msgspec.structs.replace(reading, rows=before + reading.rows)


def number_of(entry: str) -> int:
    """The number of an entry `<process>-<number>`.

    >>> number_of("0-000012")
    12
    """
    return int(entry.rsplit("-", 1)[1])
