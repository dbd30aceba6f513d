"""Tests `max_age` over history: an entity's last row may be too old, a row at its own time is not."""

from pathlib import Path

from dataflows.history import RowRequest
from tests.support.dataflow.history_runs import replayed_history
from tests.support.dataflow.in_memory_ports import raw_batch
from tests.support.factories.definitions import by_hand
from tests.support.generators.random_streams import START

HOUR = 3_600_000
TOO_OLD = {"rule": "max_age", "duration": "1d", "on_violation": "quarantine"}
LAST = {
    "source": "orders", "value": "amount", "value_type": "DOUBLE", "window": "lifetime", "aggregation": "last",
    "validation_rules": [TOO_OLD],
}  # fmt: skip


def test_only_what_ends_long_before_the_newest_event_is_too_old(tmp_path: Path) -> None:
    definitions = by_hand(tmp_path / "specs", last=LAST)
    times = {"u1": [START, START + HOUR], "u2": [START + 2 * HOUR, START + 60 * HOUR]}
    events = [
        {"event_type": "pay", "user_id": user, "amount": 5.0, "timestamp": time}
        for user, of_user in times.items()
        for time in of_user
    ]
    left = replayed_history(
        definitions, {"orders": [[raw_batch("0", events)]]}, tmp_path / "job", RowRequest(topics=True)
    )
    assert [record.values["last"] for record in left.records] == [5.0] * 4
    kept = {key.rsplit(":", 1)[-1]: fields for key, fields in left.hashes().items()}
    assert kept["u1"]["_quarantined"] == "last" and "last" not in kept["u1"]
    assert kept["u2"]["last"] == "5.0" and kept["u2"].get("_quarantined") is None
