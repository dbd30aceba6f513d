"""Tests the past of the demo shop: made once and completely, each event published when it happened."""

import json
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest

from cli.handlers.run import PAST_DAYS, PAST_EVENTS
from cli.topics.demo_past import DRAFT, fill_past, is_fresh
from connectors.demo import Faults, Generator, PriceFault, Shop, Traffic
from connectors.demo.past_times import leading_to
from tests.support.generators.seeds import fixed_seeds, rng_of

NOW = 1_767_225_600_000
MINUTE_MS, HOUR_MS, DAY_MS = 60_000, 3_600_000, 86_400_000
HONEST = Faults(late=0.0, duplicate=0.0, future=0.0, cut=0.0, wrong_type=0.0, no_time=0.0)
SHOP = Traffic(faults=HONEST, history_ms=14 * DAY_MS, history_events=5_000)


class Line(NamedTuple):
    published: int
    happened: int


def lines(root: Path) -> list[Line]:
    files = sorted(root.glob("public/default/raw-*/*/*.jsonl"))
    entries = [json.loads(line) for file in files for line in file.read_bytes().splitlines()]
    return [Line(entry["t"], entry["v"]["timestamp"]) for entry in entries]


def test_every_event_was_published_when_it_happened(tmp_path: Path) -> None:
    assert fill_past(tmp_path, Generator(SHOP), NOW) == 5_000
    published = lines(tmp_path)
    assert len(published) == 5_000
    assert all(line.published == line.happened for line in published)
    assert not (tmp_path / DRAFT).exists()


def test_it_is_made_once(tmp_path: Path) -> None:
    assert is_fresh(tmp_path, SHOP)
    fill_past(tmp_path, Generator(SHOP), NOW)
    assert not is_fresh(tmp_path, SHOP)


def test_a_past_that_was_not_finished_is_made_again(tmp_path: Path) -> None:
    fill_past(tmp_path, Generator(SHOP), NOW)
    (tmp_path / DRAFT).mkdir()
    assert is_fresh(tmp_path, SHOP)
    fill_past(tmp_path, Generator(SHOP), NOW)
    assert len(lines(tmp_path)) == 5_000


def test_who_is_in_the_shop_when_its_past_ends_is_there_when_the_present_begins(tmp_path: Path) -> None:
    """Otherwise the first visitors of the present would never have signed in."""
    shop = replace(SHOP, rate=100.0, history_events=20_000, at_rate=True, shop=Shop(open_sessions=200))
    generator = Generator(shop)
    fill_past(tmp_path, generator, NOW)
    generator.go_on_as(replace(shop, history_ms=0))
    files = tmp_path.glob("public/default/raw-login-events/*/*.jsonl")
    known = {json.loads(line)["v"]["user_id"] for file in files for line in file.read_bytes().splitlines()}
    sent = dict(generator.between(NOW, NOW + 1_000, 100))
    buyers = {json.loads(payload)["user_id"] for payload in sent[shop.order_topic].payloads} - {None}
    signing_in = set(sent[shop.login_topic].keys)
    assert len(buyers) > 50 and buyers <= known | signing_in


def test_prices_of_one_country_go_wrong_for_a_while() -> None:
    shop = Traffic(faults=HONEST, incident=PriceFault(country="US", factor=1e6, after_ms=1_000, length_ms=2_000))
    ticks = iter(range(NOW, NOW + 5_000, 500))
    generator, seen = Generator(shop), list[tuple[int, str, float]]()
    looks = iter([False] * 8 + [True])
    for topic, sent in generator.live(lambda: next(ticks), lambda _: None, lambda: next(looks)):
        if topic == shop.order_topic:
            orders = [json.loads(payload) for payload in sent.payloads]
            seen += [(order["timestamp"] - NOW, order["country"], abs(order["amount"])) for order in orders]
    wrong = [order for order in seen if order[2] >= 1e6]
    assert wrong
    assert {country for _, country, _ in wrong} == {"US"}
    assert all(1_000 <= time < 3_000 for time, _, _ in wrong)


def test_the_past_leads_to_the_rate_of_the_present(tmp_path: Path) -> None:
    shop = replace(SHOP, rate=2.0, history_events=20_000, at_rate=True)
    assert fill_past(tmp_path, Generator(shop), NOW) == 20_000
    ages = sorted(NOW - line.happened for line in lines(tmp_path))
    assert ages[0] > 0 and 13 * DAY_MS < ages[-1] <= 14 * DAY_MS
    within = [sum(age <= minutes * MINUTE_MS for age in ages) for minutes in (5, 10, 20)]
    for minutes, events in zip((5, 10, 20), within, strict=True):
        expected = 2 * 60 * minutes
        assert abs(events - expected) < 5 * expected**0.5
    by_age = [sum(low < age <= 3 * low for age in ages) for low in (HOUR_MS, 3 * HOUR_MS, 9 * HOUR_MS, 27 * HOUR_MS)]
    assert by_age == sorted(by_age, reverse=True) and by_age[-1] > 100


def test_a_past_with_more_events_than_its_rate_is_even() -> None:
    times = leading_to(10.0, 1_000, 0, 60_000, np.random.default_rng(2))
    assert len(times) == 1_000 and times.min() >= 0 and times.max() < 60_000
    assert (np.diff(times) >= 0).all() and abs(int((times < 30_000).sum()) - 500) < 80


@pytest.mark.parametrize("seed", fixed_seeds(3))
def test_the_last_hour_of_the_demos_past_is_at_its_rate(seed: int) -> None:
    """A comparison of a quarter of an hour with an hour is then steady from the start: a calm demo sends no alert."""
    rate, start = 25.0, NOW - PAST_DAYS * DAY_MS
    times = leading_to(rate, PAST_EVENTS, start, NOW, rng_of(seed))
    for span_ms in (HOUR_MS // 4, HOUR_MS):
        assert (times >= NOW - span_ms).sum() == pytest.approx(rate * span_ms / 1_000, rel=0.03)
