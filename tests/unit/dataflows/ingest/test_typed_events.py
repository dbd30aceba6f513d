"""Tests events stored beside their payloads: readers get what the payloads contain, to the last refusal."""

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import overload

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from typing_extensions import override

from connectors.messages import RawBatch, TypedEvents
from dataflows.definitions.loader import Source
from dataflows.ingest import Decoder, EventBatch, EventLimits, EventTyping, MergedBatch, coalesce
from dataflows.metrics import NOT_FINITE
from tests.support.factories.definitions import ORDER_COLUMNS
from tests.support.factories.order_events import NOW, event, source
from tests.support.generators.hostile_payloads import HOSTILE, hostile_payloads
from tests.support.generators.seeds import rng_of, seeds

COLUMNS = ORDER_COLUMNS | {"paid_at": "TIMESTAMP", "small": "INT32"}


class Unread(Sequence[bytes]):
    """Payloads that are never needed, with a count of the reads."""

    def __init__(self, payloads: list[bytes]) -> None:
        self._payloads, self.asked = payloads, 0

    def __len__(self) -> int:
        return len(self._payloads)

    @overload
    def __getitem__(self, index: int) -> bytes: ...
    @overload
    def __getitem__(self, index: slice) -> list[bytes]: ...
    @override
    def __getitem__(self, index: int | slice) -> bytes | list[bytes]:
        self.asked += 1
        return self._payloads[index]


def raw(payloads: list[bytes]) -> RawBatch:
    return RawBatch("0", payloads, NOW, NOW, str)


def archived(payloads: list[bytes], typing: EventTyping, cuts: Sequence[int] = ()) -> RawBatch:
    """Returns the payloads as they are in an archive that was written in other batches."""
    parts = [typing(payloads[start:end]) for start, end in zip([0, *cuts], [*cuts, len(payloads)], strict=True)]
    typed = TypedEvents(typing.fingerprint, partial(of_columns, pa.concat_arrays(parts)))
    return replace(raw(payloads), typed=typed, payloads=Unread(payloads))


def of_columns(events: pa.StructArray, names: Sequence[str]) -> pa.StructArray:
    """Returns events with some of their columns."""
    columns, valid = [events.field(name) for name in names], events.is_valid()
    return pa.StructArray.from_arrays(columns, names=list(names), mask=pc.invert(valid))


def assert_same(batch: EventBatch, other: EventBatch) -> None:
    assert batch.frame.schema == other.frame.schema
    assert batch.frame.equals(other.frame, null_equal=True)
    assert repr(batch.frame["amount"].to_list()) == repr(other.frame["amount"].to_list())  # -0.0 is not 0.0
    assert batch.times.tolist() == other.times.tolist()
    assert (batch.rows.tolist(), batch.rejects) == (other.rows.tolist(), other.rejects)


def words() -> float:
    return float(NOT_FINITE.labels("orders")._value.get())


SPECS: list[dict[str, object]] = [
    {},
    {"unknown_fields": "reject"},
    {"required": ["event_type", "user_id", "timestamp", "amount"]},
    {"columns": dict(reversed(COLUMNS.items()))},
]


@pytest.mark.parametrize("limits", [EventLimits(), EventLimits(id_bytes=500, text_bytes=50_000, empty_id=True)])
@pytest.mark.parametrize("spec", SPECS)
@pytest.mark.parametrize("seed", seeds(12))
def test_what_is_kept_is_what_payloads_say(
    tmp_path: Path, seed: int, spec: dict[str, object], limits: EventLimits
) -> None:
    chance = rng_of(seed)
    of = source(tmp_path, **({"columns": COLUMNS} | spec))
    payloads = hostile_payloads(chance, int(chance.integers(1, 80)), float(chance.choice([0.0, 0.05, 0.5, 1.0])))
    cuts = np.sort(chance.integers(0, len(payloads) + 1, int(chance.integers(3)))).tolist()
    before = words()
    expected = Decoder(of, limits, ["category"])(raw(payloads))
    counted, between = words() - before, words()
    batches = [archived(part, EventTyping(of, limits)) for part in _parts(payloads, cuts)]
    assert words() == between, "who keeps events counts nothing"
    assert_same(Decoder(of, limits, ["category"])(*batches), expected)
    assert words() - between == counted


@pytest.mark.parametrize("seed", seeds(6))
def test_columns_that_nobody_reads_change_nothing(tmp_path: Path, seed: int) -> None:
    chance = rng_of(seed)
    of = source(tmp_path, columns=COLUMNS)
    payloads = hostile_payloads(chance, 200, float(chance.choice([0.0, 0.1, 0.5])))
    whole, asked = Decoder(of, None, ["category"])(raw(payloads)), list[str]()
    batch = archived(payloads, EventTyping(of, EventLimits()))
    assert batch.typed is not None
    events = batch.typed.events

    def noted(names: Sequence[str]) -> pa.StructArray:
        asked.extend(names)
        return events(names)

    some = Decoder(of, None, ["category"], ["amount"])(replace(batch, typed=replace(batch.typed, events=noted)))
    assert asked == [name for name in COLUMNS if name in {"user_id", "item_id", "timestamp", "category", "amount"}]
    assert_same(some, replace(whole, frame=whole.frame.select(asked)))


def _parts(payloads: list[bytes], cuts: list[int]) -> list[list[bytes]]:
    return [payloads[start:end] for start, end in zip([0, *cuts], [*cuts, len(payloads)], strict=True)]


@pytest.mark.parametrize("seed", seeds(10))
def test_what_is_kept_does_not_depend_on_batches(tmp_path: Path, seed: int) -> None:
    chance = rng_of(seed)
    typing = EventTyping(source(tmp_path, columns=COLUMNS), EventLimits())
    payloads = hostile_payloads(chance, 60, 0.3)
    together, alone = typing(payloads), [typing([payload]) for payload in payloads]
    assert together.to_pylist() == pa.concat_arrays(alone).to_pylist()


def test_payloads_of_events_are_not_read(tmp_path: Path) -> None:
    of = source(tmp_path, columns=COLUMNS)
    batch = archived([event(user_id=f"u{row}") for row in range(100)], EventTyping(of, EventLimits()))
    assert len(Decoder(of)(batch).times) == 100
    assert isinstance(batch.payloads, Unread)
    assert batch.payloads.asked == 0


@pytest.mark.parametrize(
    "change",
    [
        {"columns": COLUMNS | {"quantity": "DOUBLE"}},
        {"columns": COLUMNS | {"shop": "STRING"}},
        {"required": ["event_type", "timestamp", "amount"]},
        {"unknown_fields": "reject"},
        {"entities": {"user_id": "user_id"}},
    ],
)
def test_another_source_decodes_again(tmp_path: Path, change: dict[str, object]) -> None:
    payloads = [event(amount=1, quantity=3, shop="s1", item_id=""), *HOSTILE]
    earlier = EventTyping(source(tmp_path / "earlier", columns=COLUMNS), EventLimits())
    of = source(tmp_path / "now", **({"columns": COLUMNS} | change))
    batch = archived(payloads, earlier)
    assert_same(Decoder(of)(batch), Decoder(of)(raw(payloads)))
    assert isinstance(batch.payloads, Unread)
    assert batch.payloads.asked


@pytest.mark.parametrize("limits", [EventLimits(event_bytes=60), EventLimits(empty_id=True)])
def test_other_limits_decode_again(tmp_path: Path, limits: EventLimits) -> None:
    of = source(tmp_path, columns=COLUMNS)
    payloads = [event(), event(user_id="", item_id="i"), event(category="a long text")]
    batch = archived(payloads, EventTyping(of, EventLimits()))
    assert_same(Decoder(of, limits)(batch), Decoder(of, limits)(raw(payloads)))


def test_what_is_kept_and_what_is_not_is_decoded_apart(tmp_path: Path) -> None:
    of = source(tmp_path, columns=COLUMNS)
    typing = EventTyping(of, EventLimits())
    batches = [archived([event()], typing), raw([event()]), raw([]), raw([event()]), archived([event()], typing)]
    assert [len(group) for group in coalesce(batches, 100)] == [1, 3, 1]
    assert len(Decoder(of)(*batches).times) == len(MergedBatch(tuple(batches))) == 4


def test_a_change_of_decoding_is_seen(tmp_path: Path) -> None:
    """A change of what a payload decodes to must raise `_DECODING`, or archives keep the earlier result."""
    of: Source = source(tmp_path, columns=COLUMNS)
    typing = EventTyping(of, EventLimits())
    digest = hashlib.sha256(repr(typing(HOSTILE).to_pylist()).encode()).hexdigest()[:12]
    assert (typing.fingerprint, digest) == ("394a0b0161070be5", "55bdab85c389")
