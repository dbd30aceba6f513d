"""Order events by hand: payloads, and their decoded form."""

from pathlib import Path

import msgspec

from connectors.messages import RawBatch
from dataflows.definitions.loader import Source, load
from dataflows.ingest.decoding.decoder import Decoder, EventBatch
from tests.support.factories.definitions import ORDERS, PLAIN, write

NOW = 1_767_225_600_000


GOOD = {"event_type": "view", "user_id": "u1", "timestamp": NOW}


def source(folder: Path, **changes: object) -> Source:
    """Returns the orders source with other keys."""
    write(folder / "sources" / "orders.yaml", {**ORDERS, **changes})
    count = {"source": "orders", "aggregation": "count", "value_type": "INT64", "window": "lifetime"}
    write(folder / "n.yaml", {"feature_name": "n", **PLAIN, **count})
    return load(folder).sources["orders"]


def decoded(of: Source, payloads: list[bytes]) -> EventBatch:
    """Decodes payloads that arrive now."""
    return Decoder(of)(RawBatch("0", payloads, NOW, NOW, str))


def event(**columns: object) -> bytes:
    """Returns a good event with other columns; None is null."""
    return msgspec.json.encode({**GOOD, **columns})


def reasons(events: EventBatch) -> list[tuple[int, str]]:
    """Returns (row, reason) of each reject."""
    return [(reject.row, reject.reason) for reject in events.rejects]
