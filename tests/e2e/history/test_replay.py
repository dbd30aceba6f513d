"""Tests `headrace replay` as a user runs it: two partitions, parts of history, late events, one feature set."""

import json
import random
import time
from pathlib import Path

import polars as pl
import pytest

from tests.support.programs.command_line import headrace, lines_of
from tests.support.programs.replayed_payments import (
    DAY,
    MINUTE,
    START,
    Payment,
    assert_right,
    publish,
    replay,
    rows_of,
    spend,
    spent,
)


def test_rows_are_right_over_partitions_and_the_same_at_every_batch_size(specs: Path, tmp_path: Path) -> None:
    events = spend(random.Random(7), 600, 9)
    publish(events)
    assert len(list((tmp_path / "var/topics/public/default/raw-order-events").glob("*/*.jsonl"))) > 1
    frames = []
    for size in ("7", "20000"):
        out = tmp_path / f"rows-{size}"
        replayed = replay("--out", str(out), HEADRACE_BATCH_ROWS=size)
        assert replayed.returncode == 0, replayed.stderr
        frames.append(rows_of(out))
    assert_right(frames[0], events)
    assert frames[0].equals(frames[1])
    assert set(frames[0]["_as_of"]) >= {event.timestamp + 1 for event in events}
    assert not list((tmp_path / "var/history").glob("*/job.json"))


def test_redis_gets_one_row_of_each_entity_and_topics_nothing_unless_told(specs: Path, tmp_path: Path) -> None:
    events = spend(random.Random(8), 300, 5)
    publish(events)
    assert replay().returncode == 0
    assert lines_of(tmp_path / "var", "feature-user") == ""
    newest = max(event.timestamp for event in events)
    for user in {event.user_id for event in events}:
        value = json.loads(headrace("get", "user", user, "--json").stdout)
        assert value["features"]["user_spent_1d"] == spent(events, user, min(value["as_of"], newest + 1))
    assert replay("--topics").returncode == 0
    records = [json.loads(line)["v"] for line in lines_of(tmp_path / "var", "feature-user").splitlines()]
    assert all(row["user_spent_1d"] == spent(events, row["user_id"], row["as_of"]) for row in records)
    assert len(records) > len(events)


def test_a_part_of_history(specs: Path, tmp_path: Path) -> None:
    events = spend(random.Random(9), 400, 5)
    publish(events)
    first, end = START + 2 * DAY, START + 4 * DAY
    assert replay("--out", str(tmp_path / "all")).returncode == 0
    done = replay(
        "--from", "2026-01-03", "--to", str(end), "--features", "user_spent_1d", "--out", str(tmp_path / "part")
    )
    assert done.returncode == 0, done.stderr
    whole, part = rows_of(tmp_path / "all"), rows_of(tmp_path / "part")
    within = whole.filter((pl.col("_as_of") > first) & (pl.col("_as_of") <= end))
    assert part.drop("_seq").equals(within.drop("_seq"))
    assert part.height > 50
    assert "rows after 2026-01-03T00:00:00.000Z\nevents before 2026-01-05T00:00:00.000Z\n" in done.stderr
    beside = replay("--to", "2026-01-03", "--out", str(tmp_path / "part"))
    assert "also holds 2 days that another replay wrote, user/day=2026-01-04 first" in beside.stderr


TWICE = """
feature_name: user_spent_twice
version: 1
owner: shop@example.com
description: "Twice what the user paid in the last day"
value_type: DOUBLE
entity_id: user_id
topic_name: "persistent://public/default/feature-user"
expression: "user_spent_1d * 2"
"""
MODEL = """
set_name: model
version: 1
owner: shop@example.com
description: "What a model reads"
features: [user_spent_twice]
"""


def test_a_feature_set_has_its_features_and_not_those_they_are_derived_from(specs: Path, tmp_path: Path) -> None:
    (specs / "user" / "user_spent_twice.yaml").write_text(TWICE)
    (specs / "sets").mkdir()
    (specs / "sets" / "model.yaml").write_text(MODEL)
    events = spend(random.Random(10), 100, 3)
    publish(events)
    done = replay("--set", "model", "--out", str(tmp_path / "rows"))
    assert done.returncode == 0, done.stderr
    rows = rows_of(tmp_path / "rows")
    assert [name for name in rows.columns if not name.startswith("_")] == ["user_spent_twice"]
    assert_right(rows.with_columns(user_spent_1d=pl.col("user_spent_twice") / 2), events)


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["--from", "yesterday"], "'yesterday' is neither a time nor a position"),
        (["--from", "2026-02-01", "--to", "2026-01-01"], "--from 2026-02-01 is not before --to 2026-01-01"),
        (["--to", "20260101"], "20260101 is 1970-01-01T05:37:40.101Z in ms since 1970"),
        (["--to", "orders/9@3"], "orders/9 is not a partition of a source to read; known: orders/0"),
        (["--to", "orders@3"], "'orders@3' is not a position"),
        (["--to", "orders/0@abc"], "orders/0@abc is not a position of its topic; expected one such as"),
        (["--from", "orders/0@1"], "orders/0@1 is no longer or not yet in the topic; expected a position from 0 to 0"),
        (["--set", "model", "--out", "rows"], "unknown feature set 'model'"),
        (["--features", ",", "--out", "rows"], "',' contains no feature"),
        (["--out", "/proc/none/rows"], "/proc/none/rows: the folder cannot be created"),
        (["--features", "user_spent_1d"], "--features and --set need --out"),
        (["--features", "user_spend_1d", "--out", "x"], "unknown feature 'user_spend_1d'; did you mean user_spent_1d?"),
    ],
)
def test_what_cannot_be_asked_is_said_in_one_line(
    specs: Path, tmp_path: Path, arguments: list[str], complaint: str
) -> None:
    refused = headrace("replay", *arguments)
    assert refused.exit_code == 2, refused.output
    assert complaint in " ".join(refused.stderr.split())
    assert not list((tmp_path / "var" / "history").glob("*"))
    assert isinstance(refused.exception, SystemExit)


def test_late_events_count_unless_they_are_refused(specs: Path, tmp_path: Path) -> None:
    """Published now: events of January are late by months, those of just now are not."""
    now = int(time.time() * 1000)
    publish([Payment("u1", 1.0, START), Payment("u1", 1.0, now - MINUTE)])
    assert replay("--out", str(tmp_path / "all")).returncode == 0
    refused = replay("--out", str(tmp_path / "live"), "--late", "refuse")
    assert refused.returncode == 0, refused.stderr
    assert "rejected from orders: 1 late" in refused.stderr
    assert min(rows_of(tmp_path / "all")["_as_of"]) == START + 1
    assert min(rows_of(tmp_path / "live")["_as_of"]) == now - MINUTE + 1
