"""Tests the demo shop: the same seed and clock give the same bytes, the rate holds, and the faults occur."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import takewhile

import msgspec
import numpy as np
import pytest

from connectors.demo.faults import Faults
from connectors.demo.shop import HOUR_MS, Shop, awake, over_days, zipf
from connectors.demo.traffic import Generator, Login, Order, Traffic, stream
from connectors.messages import Outgoing

NOON = 1_767_268_800_000  # 2026-01-01T12:00:00Z
DAY_MS = 24 * HOUR_MS
HONEST = Faults(0, 0, 0, 0, 0, 0)
Decoded = Order | Login


@dataclass
class Watch:
    """A clock that only sleeping advances."""

    now_ms: int = NOON

    def clock(self) -> int:
        return self.now_ms

    def sleep(self, seconds: float) -> None:
        self.now_ms += round(seconds * 1000)


def for_seconds(traffic: Traffic, seconds: float) -> list[tuple[str, Outgoing]]:
    watch = Watch()
    messages = stream(traffic, watch.clock, watch.sleep)
    return list(takewhile(lambda _: watch.now_ms <= NOON + seconds * 1000, messages))


def payloads(batches: list[tuple[str, Outgoing]]) -> list[bytes]:
    return [payload for _, sent in batches for payload in sent.payloads]


def decoded(traffic: Traffic, batches: list[tuple[str, Outgoing]]) -> Iterator[Decoded]:
    for topic, sent in batches:
        kind: type[Decoded] = Order if topic == traffic.order_topic else Login
        for payload in sent.payloads:
            yield msgspec.json.decode(payload, type=kind)


def orders(traffic: Traffic, seconds: float) -> list[Order]:
    return [event for event in decoded(traffic, for_seconds(traffic, seconds)) if isinstance(event, Order)]


def test_the_same_seed_and_clock_give_the_same_bytes() -> None:
    traffic = Traffic(seed=7, history_ms=DAY_MS, history_events=3_000)
    assert for_seconds(traffic, 5) == for_seconds(traffic, 5)


def test_another_seed_gives_other_bytes() -> None:
    assert for_seconds(Traffic(seed=1), 2) != for_seconds(Traffic(seed=2), 2)


@pytest.mark.parametrize("rate", [3.0, 500.0, 25_000.0])
def test_the_rate_holds(rate: float) -> None:
    sent = len(payloads(for_seconds(Traffic(rate=rate, faults=HONEST), 4)))
    assert abs(sent - rate * 4) <= max(1.0, rate * 0.1)


def test_a_stream_that_was_held_up_does_not_make_up_for_it() -> None:
    watch = Watch()
    messages = stream(Traffic(rate=100, faults=HONEST), watch.clock, watch.sleep)
    next(messages)
    watch.now_ms += DAY_MS
    held_up = [next(messages) for _ in range(2)]
    assert len(payloads(held_up)) <= 200


def test_every_honest_event_decodes_strictly_and_is_dated_now() -> None:
    traffic = Traffic(rate=2_000, faults=HONEST)
    times = [event.timestamp for event in decoded(traffic, for_seconds(traffic, 3))]
    assert len(times) > 5_000
    assert NOON <= min(times) <= max(times) < NOON + 3_100


def test_a_few_users_and_items_do_most_of_the_business() -> None:
    bought = orders(Traffic(rate=5_000, faults=HONEST), 10)
    for column in ("user_id", "item_id"):
        counts = [count for _, count in Counter(getattr(order, column) for order in bought).most_common()]
        assert sum(counts[: len(counts) // 10]) > 0.4 * sum(counts), column


def test_amounts_have_a_heavy_tail_and_whole_cents() -> None:
    amounts = np.array([abs(order.amount) for order in orders(Traffic(rate=5_000, faults=HONEST), 10)])
    assert amounts.min() > 0
    assert np.allclose(np.round(amounts, 2), amounts)
    assert np.quantile(amounts, 0.999) > 30 * np.median(amounts)


def test_the_kinds_of_order_have_their_shares() -> None:
    kinds = Counter(order.event_type for order in orders(Traffic(rate=5_000, faults=HONEST), 10))
    shares = {kind: count / kinds.total() for kind, count in kinds.items()}
    assert shares["payment_failed"] == pytest.approx(0.06, abs=0.01)
    assert shares["refund"] == pytest.approx(0.03, abs=0.01)
    assert shares["payment_success"] == pytest.approx(0.91, abs=0.02)


def test_a_refund_returns_an_earlier_purchase() -> None:
    bought: set[tuple[object, ...]] = set()
    refunds = 0
    for order in orders(Traffic(rate=2_000, faults=HONEST), 10):
        purchase = (order.user_id, order.item_id, order.quantity, abs(order.amount))
        if order.event_type == "payment_success":
            bought.add(purchase)
        if order.event_type == "refund":
            refunds += 1
            assert order.amount < 0
            assert purchase in bought
    assert refunds > 100


def test_guests_have_no_user_and_are_keyed_by_item() -> None:
    traffic = Traffic(rate=2_000, faults=HONEST)
    keyed = [
        (key, msgspec.json.decode(payload, type=Order))
        for topic, sent in for_seconds(traffic, 5)
        if topic == traffic.order_topic
        for key, payload in zip(sent.keys, sent.payloads, strict=True)
    ]
    assert all(key == (order.user_id or order.item_id) for key, order in keyed)
    assert 0.02 < sum(order.user_id is None for _, order in keyed) / len(keyed) < 0.15


def test_an_attack_is_many_failures_from_one_strange_address() -> None:
    traffic = Traffic(rate=2_000, faults=HONEST, shop=Shop(attacks=0.05, failed_logins=0.0))
    failed = Counter(
        (event.user_id, event.ip)
        for event in decoded(traffic, for_seconds(traffic, 5))
        if isinstance(event, Login) and event.event_type == "login_failed"
    )
    assert failed
    assert np.median(list(failed.values())) > 5


@pytest.mark.parametrize("fault", ["cut", "wrong_type", "no_time"])
def test_a_broken_payload_is_refused_by_a_strict_decoder(fault: str) -> None:
    traffic = Traffic(rate=200, faults=_only(fault))
    for topic, sent in for_seconds(traffic, 2):
        for payload in sent.payloads:
            with pytest.raises(msgspec.DecodeError):
                msgspec.json.decode(payload, type=Order if topic == traffic.order_topic else Login)


def _only(fault: str) -> Faults:
    shares = {"late": 0.0, "duplicate": 0.0, "future": 0.0, "cut": 0.0, "wrong_type": 0.0, "no_time": 0.0}
    return Faults(**{**shares, fault: 1.0})


def test_a_late_event_is_minutes_to_hours_old() -> None:
    traffic = Traffic(rate=500, faults=_only("late"))
    ages = [NOON - event.timestamp for event in decoded(traffic, for_seconds(traffic, 2))]
    assert min(ages) > 60_000
    assert max(ages) <= 12 * HOUR_MS
    assert max(ages) > HOUR_MS


def test_a_fast_clock_is_beyond_what_a_source_allows() -> None:
    traffic = Traffic(rate=500, faults=_only("future"))
    assert all(event.timestamp > NOON + 300_000 for event in decoded(traffic, for_seconds(traffic, 2)))


def test_a_duplicate_is_the_same_message_again() -> None:
    sent = Counter(payloads(for_seconds(Traffic(rate=500, faults=_only("duplicate")), 2)))
    assert all(count % 2 == 0 for count in sent.values())


def test_history_comes_first_in_order_and_fills_its_days() -> None:
    traffic = Traffic(faults=HONEST, history_ms=30 * DAY_MS, history_events=20_000)
    batches = list(Generator(traffic).history(NOON))
    times = [event.timestamp for event in decoded(traffic, batches)]
    ages = [(NOON - time) // DAY_MS for time in times]
    assert len(times) == 20_000
    assert all(NOON - 30 * DAY_MS <= time < NOON for time in times)
    assert min(Counter(ages).values()) > 300
    newest = [max(_times(traffic, batch)) for batch in batches if batch[0] == traffic.order_topic]
    assert newest == sorted(newest)


def _times(traffic: Traffic, batch: tuple[str, Outgoing]) -> list[int]:
    return [event.timestamp for event in decoded(traffic, [batch])]


def test_the_evening_is_busier_than_the_night() -> None:
    assert awake(np.array([20.0]))[0] > 5 * awake(np.array([4.0]))[0]
    times = over_days(20_000, NOON - 10 * DAY_MS, NOON, np.random.default_rng(3))
    by_hour = Counter((times // HOUR_MS % 24).tolist())
    assert by_hour[20] > 4 * by_hour[4]


def test_zipf_shares_add_up_and_fall() -> None:
    shares = np.diff(zipf(100, 1.1), prepend=0.0)
    assert shares.sum() == pytest.approx(1.0)
    assert (np.diff(shares) < 0).all()
