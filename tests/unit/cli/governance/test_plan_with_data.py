"""Tests `headrace plan --with-data` over files, topics and the archive: output, refusals and exit codes."""

import random
import time

import pytest

from connectors.embedded.topics import append
from dataflows.definitions import load
from governance.registration.registry import document_of
from reports.moments import instant
from tests.support.generators.seeds import fresh_seed, some
from tests.support.programs.command_line import ORDERS, SPENT, headrace
from tests.support.programs.planned_change import AT, HOUR, PAID, PlannedChange, line

TOPIC = "persistent://public/default/raw-order-events"
SHIFTS = (0, 59_000, -HOUR, -30 * HOUR, -100 * HOUR)
"""Event times a little ahead of their publishing, or late."""


def test_a_longer_window_over_a_file(changed: PlannedChange) -> None:
    """u1 has 10, then 5 or 15; u2 has 7, then 3 or 10; at the end u1 has 5 or 15, u2 has 3 or 10."""
    changed.edit(("window: 1d", "window: 2d"))
    comparison = changed.values("--with-data", str(changed.events()))
    (feature,) = comparison["features"]
    assert comparison["until_ms"] == AT + 31 * HOUR + 1
    assert comparison["sources"] == [{"source": "orders", "events": 5, "refused": {}}]
    assert (feature["status"], feature["rows"], feature["entities"], feature["equal"]) == ("changed", 6, 2, 2)
    assert feature["share_equal"] == pytest.approx(2 / 6)
    assert feature["difference"] == {"pairs": 6, "mean": 34 / 6, "p99": 10.0, "largest": 10.0, "shift": 34 / 6}
    assert [(example["entity"], example["before"], example["after"]) for example in feature["largest"]] == [
        ("u1", 5.0, 15.0),
        ("u2", 3.0, 10.0),
    ]
    assert (changed.folder / "plots" / "user_spent_1d.png").read_bytes().startswith(b"\x89PNG")
    assert not list((changed.folder / "var" / "history").iterdir())


def test_the_terminal_and_the_comment_say_it(changed: PlannedChange) -> None:
    changed.edit(("window: 1d", "window: 2d"))
    path = changed.events(more="{broken\n\n" + line("u3", 1.0, 0).replace("1.0", '"1"'))
    output = changed.plan("--with-data", f"orders={path}").output
    assert "user_spent_1d: 33.33 % of 6 values of 2 entities equal; they differ by 5.667 on average" in output
    assert "orders: 7 events, 2 of them refused: 1 malformed, 1 wrong_type" in output
    comment = changed.plan("--with-data", f"orders={path}", "--markdown").stdout
    assert comment.startswith("<!-- headrace-plan -->")
    assert "| `user_spent_1d` | 33.33 % | 6 | 5.667 | 10 | 10 | 0 % -> 0 % | `" in comment
    assert len(comment) <= 65_536


def test_a_new_feature_has_its_profile_and_a_removed_one_nothing(changed: PlannedChange) -> None:
    text = SPENT.partition("tests:")[0].replace("user_spent_1d", "user_paid_1d")
    (changed.specs / "user" / "user_paid_1d.yaml").write_text(text.replace("aggregation: sum", "aggregation: max"))
    (changed.specs / "user" / "user_spent_1d.yaml").unlink()
    (feature,) = changed.values("--with-data", str(changed.events()))["features"]
    assert (feature["feature"], feature["status"], feature["rows"], feature["entities"]) == (
        "user_paid_1d",
        "new",
        6,
        2,
    )
    assert feature["after"]["nulls"] == 0
    assert (feature["after"]["quantiles"]["min"], feature["after"]["quantiles"]["max"]) == (3.0, 10.0)
    assert feature["before"] is None


def test_a_part_of_the_time(changed: PlannedChange) -> None:
    """Before --from events count but rows do not; --to is the end."""
    changed.edit(("window: 1d", "window: 2d"))
    path, day = str(changed.events()), "2026-01-02"
    later = changed.values("--with-data", path, "--from", day)["features"][0]
    assert (later["rows"], later["equal"]) == (4, 0)
    early = changed.values("--with-data", path, "--to", day)
    assert (early["features"][0]["rows"], early["features"][0]["equal"]) == (4, 4)
    assert early["until_ms"] == AT + 24 * HOUR


def test_a_source_that_is_read_otherwise_is_read_twice(changed: PlannedChange) -> None:
    """An event without an amount counts before, and is refused after."""
    changed.edit(("aggregation: sum", "aggregation: count"), ("value: amount\n", ""))
    changed.registry.write_bytes(document_of(load(changed.specs)))
    source = ORDERS.replace("required: [event_type, timestamp]", "required: [event_type, timestamp, amount]")
    (changed.specs / "sources" / "orders.yaml").write_text(source)
    changed.edit(("aggregation: sum", "aggregation: count"), ("value: amount\n", ""), ("version: 2", "version: 3"))
    comparison = changed.values("--with-data", str(changed.events()))
    assert [
        (source["source"], source["events"], sum(source["refused"].values())) for source in comparison["sources"]
    ] == [
        ("orders", 5, 1),
        ("orders@before", 5, 0),
    ]
    (feature,) = comparison["features"]
    assert [(example["entity"], example["before"], example["after"]) for example in feature["largest"]] == [
        ("u1", 2.0, 1.0)
    ]


@pytest.mark.usefixtures("programs")
def test_several_processes_say_the_same(changed: PlannedChange, monkeypatch: pytest.MonkeyPatch) -> None:
    changed.edit(("window: 1d", "window: 2d"))
    path = str(changed.events(more="{broken\n"))
    alone = changed.values("--with-data", path)
    monkeypatch.setenv("HEADRACE_HISTORY_PROCESSES", "2")
    assert changed.values("--with-data", path) == alone


def publish(changed: PlannedChange, at_ms: int, rows: list[str]) -> None:
    payloads = [row.encode() for row in rows]
    append(changed.folder / "var" / "topics", TOPIC, ["k"] * len(rows), payloads, at_ms.__int__)


def test_the_last_hours_of_the_topics(changed: PlannedChange) -> None:
    """Older events are not read."""
    changed.edit(("window: 1d", "window: 2d"))
    now = time.time_ns() // 1_000_000
    publish(changed, now - 3 * HOUR, [line("u9", 1.0, 0).strip()])
    publish(changed, now - HOUR, [line(*payment).strip() for payment in PAID])
    comparison = changed.values("--with-data", "2h")
    assert comparison["data"] == "the last 2h of the topics"
    assert comparison["sources"][0]["events"] == 5
    assert comparison["features"][0]["rows"] == 6
    assert "its window of 2d is longer than the events" in comparison["features"][0]["notes"][0]


def test_the_archive_without_its_topic(changed: PlannedChange, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HEADRACE_ARCHIVE", str(changed.folder / "archive"))
    publish(changed, AT + 40 * HOUR, [line(*payment).strip() for payment in PAID])
    assert headrace("archive").exit_code == 0
    monkeypatch.setenv("HEADRACE_VAR", str(changed.folder / "elsewhere"))
    changed.edit(("window: 1d", "window: 2d"))
    feature = changed.values("--with-data", "archive")["features"][0]
    assert (feature["rows"], feature["equal"]) == (6, 2)
    assert not (changed.folder / "elsewhere" / "topics").exists()


def published_over_weeks(changed: PlannedChange, draw: random.Random) -> tuple[list[str], int]:
    """Publishes random events now and then; returns their lines and the time of the last."""
    lines, published = list[str](), AT
    for _ in range(40):
        published += draw.randrange(16 * HOUR)
        some = [
            line(draw.choice("abcde"), draw.choice([None, 1.5, 7.0]), published - AT + draw.choice(SHIFTS))
            for _ in range(draw.randrange(1, 9))
        ]
        publish(changed, published, [text.strip() for text in some])
        lines += some
    return lines, published


@pytest.mark.parametrize("window", some(["1d", "3h", "4d", "lifetime"]))
def test_days_that_no_window_reaches_are_not_read(
    changed: PlannedChange, monkeypatch: pytest.MonkeyPatch, window: str
) -> None:
    """The values equal those of all events in a file, which is read completely."""
    lines, published = published_over_weeks(changed, random.Random(fresh_seed()))
    monkeypatch.setenv("HEADRACE_ARCHIVE", str(changed.folder / "archive"))
    assert headrace("archive").exit_code == 0
    monkeypatch.setenv("HEADRACE_VAR", str(changed.folder / "elsewhere"))
    changed.edit(("window: 1d", f"window: {window}"), ("value: amount", "value: amount * 2"))
    since = ["--from", instant(AT + (published - AT) // 2), "--to", instant(published - 20 * HOUR)]
    (changed.folder / "all.jsonl").write_text("".join(lines))
    whole = changed.values("--with-data", str(changed.folder / "all.jsonl"), *since)
    pruned = changed.values("--with-data", "archive", *since)
    assert pruned["features"] == whole["features"]
    assert pruned["features"][0]["rows"] > 0
    (read,), (all_events,) = ([source["events"] for source in comparison["sources"]] for comparison in (pruned, whole))
    assert all_events == len(lines)
    assert read < all_events if window != "lifetime" else read == all_events


def test_without_a_change_of_values_nothing_is_read(changed: PlannedChange) -> None:
    result = changed.plan("--with-data", str(changed.events()))
    assert result.exit_code == 0
    assert "no values are compared" in result.output
