"""Tests `headrace baseline` and `headrace test --suggest` on a real Pulsar and its archive, against DuckDB."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import polars as pl
import pytest

from connectors.pulsar import PulsarConnection, publish
from dataflows.definitions import load
from dataflows.definitions.reading.yaml_document import read
from tests.support.broker.topics import topic_of
from tests.support.generators.seeds import fixed_seeds, fresh_seed, rng_of
from tests.support.programs.command_line import SPENT, headrace, home

START = 1_767_225_600_000
HOUR = 3_600_000
HOURS, USERS = 26, 230
TOPIC = "persistent://public/default/raw-order-events"
FILE = "user/user_spent_1d.yaml"
KEYS = "baseline_profile: {mean: 0.5, std_dev: 1.0, p95: 1.0, null_ratio: 0.5}\n"
VALUES = """
    WITH counted AS (SELECT user_id, amount, timestamp AS ms FROM events
    WHERE event_type = 'payment_success' AND amount IS NOT NULL),
    newest AS (SELECT user_id, ms // 3600000 AS hour, max(ms) AS last FROM counted GROUP BY ALL)
    SELECT newest.user_id, hour, sum(amount) AS spent FROM newest JOIN counted
    ON counted.user_id = newest.user_id AND ms <= last AND ms >= (last + 1 - 3600000) // 60000 * 60000
    WHERE hour * 3600000 >= $since GROUP BY ALL
"""


def orders(draw: np.random.Generator) -> pl.DataFrame:
    """Returns an order of every user per hour; some amounts are null, some orders fail, and some events come days
    late."""
    many = HOURS * USERS
    hours = np.repeat(np.arange(HOURS), USERS)
    times = START + hours * HOUR + draw.integers(0, HOUR, many)
    amounts = np.round(draw.gamma(4.0, 10.0, many), 2)
    events = pl.DataFrame(
        {
            "event_type": draw.choice(["payment_success", "payment_failed"], many, p=[0.97, 0.03]),
            "user_id": np.tile([f"u{number}" for number in range(USERS)], HOURS),
            "amount": pl.Series(amounts, dtype=pl.Float64),
            "timestamp": times,
            "arrival": times + np.where(draw.random(many) < 0.1, draw.integers(0, 30 * HOUR, many), 0),
        }
    )
    nulled = pl.Series(draw.random(many) < 0.04)
    return events.with_columns(amount=pl.when(nulled).then(None).otherwise(pl.col("amount"))).sort("arrival")


def put(pulsar: PulsarConnection, topic: str, events: pl.DataFrame) -> None:
    payloads = [json.dumps(event).encode() for event in events.drop("arrival").iter_rows(named=True)]
    publish(pulsar, topic, events["user_id"].to_list(), payloads)


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, pulsar: PulsarConnection) -> Iterator[tuple[Path, str]]:
    """Writes definitions over a topic of two partitions."""
    topic = topic_of(pulsar, "orders", [], 2)
    with home(tmp_path, monkeypatch) as specs:
        settings = {"PULSAR_URL": pulsar.url, "PULSAR_ADMIN_URL": pulsar.admin_url, "QUALITY_INTERVAL": "3600"}
        for name, value in settings.items():
            monkeypatch.setenv(f"HEADRACE_{name}", value)
        (specs / FILE).write_text(SPENT.partition("tests:")[0].replace("window: 1d\n", f"window: 1h\n{KEYS}"))
        source = specs / "sources" / "orders.yaml"
        source.write_text(source.read_text().replace(TOPIC, topic))
        yield specs, topic


def expect_baseline(specs: Path, events: pl.DataFrame) -> None:
    """Checks the baseline in the file against the values that DuckDB computes."""
    oracle = duckdb.connect()
    oracle.register("events", events.to_arrow())
    of_all = "avg(spent), stddev_samp(spent), quantile_cont(spent, 0.95), 1 - count(spent) / count(*)"
    answer = oracle.execute(f"SELECT {of_all} FROM ({VALUES})", {"since": START + HOUR}).fetchone()
    assert answer is not None
    mean, spread, p95, null_ratio = answer
    (feature,) = load(specs).features
    baseline = feature.baseline_profile
    assert baseline["mean"] == pytest.approx(mean, abs=spread / 50)
    assert baseline["std_dev"] == pytest.approx(spread, rel=0.02)
    assert baseline["p95"] == pytest.approx(p95, rel=0.03)
    assert baseline["null_ratio"] == pytest.approx(null_ratio, abs=0.002)


@pytest.mark.parametrize("seed", fixed_seeds(1))
def test_a_baseline_of_a_topic_and_of_its_archive(
    seed: int, pulsar: PulsarConnection, shop: tuple[Path, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    specs, topic = shop
    events = orders(rng_of(seed))
    some, rest = events.head(len(events) * 3 // 4), events.tail(-(len(events) * 3 // 4))
    put(pulsar, topic, some)
    written = (specs / FILE).read_text()
    result = headrace("baseline", "user_spent_1d")
    assert result.exit_code == 0, result.output
    expect_baseline(specs, some)

    monkeypatch.setenv("HEADRACE_ARCHIVE", str(tmp_path / "archive"))
    assert headrace("archive").exit_code == 0
    put(pulsar, topic, rest)
    (specs / FILE).write_text(written)
    result = headrace("baseline", "user_spent_1d")
    assert result.exit_code == 0, result.output
    expect_baseline(specs, events)


def test_a_suggested_test_of_a_topic_and_of_its_archive(
    pulsar: PulsarConnection, shop: tuple[Path, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    specs, topic = shop
    events = orders(rng_of(fresh_seed())).filter(pl.col("user_id").is_in([f"u{n}" for n in range(9)]))
    put(pulsar, topic, events.head(100))
    suggested(specs, "u3")
    monkeypatch.setenv("HEADRACE_ARCHIVE", str(tmp_path / "archive"))
    assert headrace("archive").exit_code == 0
    put(pulsar, topic, events.tail(-100))
    suggested(specs, "u4")
    assert headrace("test").exit_code == 0


def suggested(specs: Path, entity: str) -> None:
    """Checks that a test is written whose value is DuckDB's value of its events."""
    result = headrace("test", "--suggest", "user_spent_1d", "--entity", entity)
    assert result.exit_code == 0, result.output
    case: dict[str, Any] = read((specs / FILE).read_bytes()).value["tests"][-1]
    given = pl.DataFrame(case["events"]).with_columns(at=pl.col("timestamp").str.to_datetime(time_zone="UTC"))
    time_ms = pl.Series([case["at"]]).str.to_datetime(time_zone="UTC").dt.epoch("ms")[0]
    sql = """
        SELECT sum(amount) FROM given WHERE event_type = 'payment_success' AND user_id = $entity
        AND epoch_ms("at") < $at AND epoch_ms("at") >= ($at - 3600000) // 60000 * 60000
    """
    oracle = duckdb.connect()
    oracle.register("given", given.to_arrow())
    (expected,) = oracle.execute(sql, {"entity": entity, "at": time_ms}).fetchone() or (None,)
    assert case["expect"] == {entity: pytest.approx(expected)}
    assert len(given) >= 1
