"""Tests that kernels are compiled before the first event, for the arrays that they will get."""

from typing import Any

import pytest

from dataflows.definitions import Source
from dataflows.definitions.model.source import EventTime
from dataflows.ingest import EventLimits
from dataflows.ingest.decoding.payload_reader import PayloadReader
from dataflows.kernels.json import events
from dataflows.runtime.process.warmup import compile_kernels

SOURCE = Source(
    name="orders",
    topic="",
    format="json",
    description="",
    columns={"user_id": "STRING", "quantity": "INT32", "amount": "DOUBLE", "gift": "BOOL", "paid_at": "TIMESTAMP"},
    required=("user_id",),
    event_time=EventTime(column="paid_at", unit="iso"),
    entities={"user_id": "user_id"},
    unknown_fields="reject",
    max_future_ms=0,
)
EVENT = b'{"user_id":"a\\n","quantity":1,"amount":0.5,"gift":true,"paid_at":"2026-01-01T00:00:00Z"}'


@pytest.mark.parametrize("name", ["read_events", "copy_texts"])
def test_the_kernels_that_read_events_are_compiled(name: str) -> None:
    compile_kernels()
    kernel: Any = getattr(events, name)
    compiled = list(kernel.signatures)
    assert PayloadReader(SOURCE, EventLimits())([EVENT] * 1_000).rejects == []
    assert kernel.signatures == compiled
