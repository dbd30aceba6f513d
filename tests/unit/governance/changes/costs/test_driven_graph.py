"""Tests the live steps driven by hand: the size of a row and of an entity."""

import json
from pathlib import Path

from dataflows.definitions import load
from governance.changes.costs import DrivenGraph
from tests.support.factories.definition_files import DERIVED, FEATURE, Folder

NOW_MS = 1_800_000_000_000


def paid(user: str, amount: float) -> bytes:
    event = {"event_type": "paid", "user_id": user, "shop": None, "amount": amount, "at": NOW_MS - 1}
    return json.dumps(event).encode()


def test_a_row_weighs_its_key_names_and_values(tmp_path: Path) -> None:
    definitions = load(Folder(tmp_path)(users__a=FEATURE, users__b=DERIVED))
    graph = DrivenGraph(definitions, 4, NOW_MS)
    graph.feed("orders", [paid("u1", 17.5), paid("u22", 7.0)])
    fields = {"_spec": definitions.fingerprint, "_as_of": str(NOW_MS), "_seq": "1"}
    rows = [
        {"headrace:user:u1": "", **fields, "spend_7d": "17.5", "spend_per_day": "2.5"},
        {"headrace:user:u22": "", **fields, "spend_7d": "7", "spend_per_day": "1"},
    ]
    weights = [sum(len(text) for pair in row.items() for text in pair) for row in rows]
    assert (graph.events, graph.rows, graph.entities("user_id")) == (2, {"user_id": 2}, 2)
    assert abs(graph.row_bytes["user_id"] - sum(weights)) <= 4  # 7 or 7.0, 1 or 1.0


def test_without_encoding_only_state_is_made(tmp_path: Path) -> None:
    graph = DrivenGraph(load(Folder(tmp_path)(users__a=FEATURE)), 4, NOW_MS, encode=False)
    graph.feed("orders", [paid("u1", 17.5)])
    assert (graph.rows, graph.row_bytes) == ({}, {})
    assert graph.state_bytes("user_id") > 0
