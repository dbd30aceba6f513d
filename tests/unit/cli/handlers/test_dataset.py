"""Tests `headrace dataset` on a topic in a folder: files in, files out, one clear line for every mistake."""

import json
from pathlib import Path

import msgspec
import polars as pl
import pytest

from connectors.redis.client import connect
from dataflows.history import shards_of
from dataflows.history.datasets.manifest import read_manifest
from reports.records import Latency, quality_key
from tests.support.factories.quality.reports import made_feature
from tests.support.generators.seeds import some
from tests.support.programs.command_line import headrace
from tests.support.programs.dataset_command import NOON, SPINE, estimate_in, publish, record, spent


def test_a_training_set_has_the_values_at_the_times_of_its_rows(shop: Path) -> None:
    made = headrace("dataset", "--spine", "labels.csv", *SPINE, "--out", "train.parquet")
    assert made.exit_code == 0, made.output
    assert spent("train.parquet") == [0.0, 12.0, 3.5, 0.0, 0.0]
    assert pl.read_parquet("train.parquet").columns == ["user_id", "at", "label", "user_spent_1d"]
    assert "wrote 5 rows with 1 feature to train.parquet" in made.output
    assert "mode true: all events, whenever they arrived" in made.output
    assert list((shop / "var" / "history").iterdir()) == []


def test_the_leakage_report_is_printed_and_written(shop: Path) -> None:
    made = headrace("dataset", "--spine", "labels.csv", *SPINE, "--out", "t.parquet", "--leakage", "leakage.jsonl")
    assert "user_spent_1d           1 (20 %)                 2                    2" in made.output
    (line,) = [json.loads(line) for line in (shop / "leakage.jsonl").read_text().splitlines()]
    assert (line["row"], line["id"], line["true"], line["known"]) == (2, "u2", "3.5", "1.5")


def test_known_takes_what_had_arrived(shop: Path) -> None:
    headrace("dataset", "--spine", "labels.csv", *SPINE, "--out", "t.parquet", "--mode", "known")
    assert spent("t.parquet") == [0.0, 12.0, 1.5, 0.0, 0.0]
    headrace("dataset", "--spine", "labels.csv", *SPINE, "--out", "t.parquet", "--mode", "known", "--lag", "2ms")
    assert spent("t.parquet") == [0.0, 0.0, 1.5, 0.0, 0.0]


@pytest.mark.long
def test_served_takes_what_the_feature_topic_held(shop: Path) -> None:
    for user, value, published in (("u1", 5.0, NOON + 1), ("u1", 11.5, NOON + 11), ("u2", 3.5, NOON + 21)):
        record(shop, user, value, published)
    command = ("dataset", "--spine", "labels.csv", *SPINE, "--mode", "served")
    told = headrace(*command, "--estimate")
    assert [line.split()[-1] for line in told.output.splitlines()[2:4]] == ["4", "3"]
    made = headrace(*command, "--out", "t.parquet")
    assert made.exit_code == 0, made.output
    assert spent("t.parquet") == [None, 11.5, None, None, None]
    assert "mode served: the values in the feature topics at the time" in made.output
    assert "skew: values served at the time differ from the values from all events" in made.output
    (line,) = [line.split() for line in made.output.splitlines() if "(100 %)" in line]
    assert line == ["user_spent_1d", "5", "(100", "%)", "0.5", "0.5"]
    (leakage,), (skew,) = read_manifest(Path("t.parquet")).leakage, read_manifest(Path("t.parquet")).skew
    assert (leakage.differing, skew.differing, skew.rows) == (1, 5, 5)


@pytest.mark.long
def test_without_a_spine_served_has_entities_with_a_record(shop: Path) -> None:
    record(shop, "u1", 5.0, NOON + 1)
    record(shop, "u2", 3.5, NOON + 21)
    for time, users in ((NOON, []), (NOON + 1, ["u1"]), (NOON + 21, ["u1", "u2"])):
        headrace("dataset", "--entity", "user_id", "--at", str(time), "--out", "all.parquet", "--mode", "served")
        assert pl.read_parquet("all.parquet").get_column("user_id").to_list() == users


def test_the_lag_of_a_live_run_is_measured(shop: Path) -> None:
    none = headrace("dataset", "--spine", "labels.csv", *SPINE, "--out", "t.parquet", "--lag", "measured")
    assert (none.exit_code, "no report in Redis contains a freshness" in none.output) == (2, True)
    report = msgspec.structs.replace(made_feature("user_spend_1h"), freshness=Latency(p50=0.5, p99=1.0001))
    client = connect(None, shop / "var")
    client.hset(quality_key("headrace", "user_spent_1d"), "closed", report.encode())
    client.close()
    made = headrace("dataset", "--spine", "labels.csv", *SPINE, "--out", "t.parquet", "--lag", "measured")
    assert made.exit_code == 0, made.output
    assert read_manifest(Path("t.parquet")).asked.lag_ms == 1_001


def test_an_estimate_makes_nothing(shop: Path) -> None:
    told = headrace("dataset", "--spine", "labels.csv", *SPINE, "--estimate")
    assert told.exit_code == 0
    assert [line.split()[-1] for line in told.output.splitlines()[:3]] == ["5", "4", "4"]
    assert {path.name for path in shop.iterdir()} == {"labels.csv", "specs", "var"}


@pytest.mark.parametrize(
    "times", [("--at", str(NOON + 11)), ("--every", "1h", "--from", "2026-01-01", "--to", "2026-01-03")]
)
def test_rows_without_a_spine_are_told_before(shop: Path, times: tuple[str, ...]) -> None:
    command = ("dataset", "--entity", "user_id", *times)
    told = headrace(*command, "--estimate")
    assert told.exit_code == 0, told.output
    assert not list(shop.glob("*.parquet"))
    lines = estimate_in(told.output)
    assert headrace(*command, "--out", "all.parquet").exit_code == 0
    rows = str(len(pl.read_parquet("all.parquet")))
    assert (lines["rows"], lines["questions"]) == (rows, rows)
    assert all(lines[name].startswith("about ") for name in ("data set", "temporary space", "time"))


def test_all_entities_at_a_time_and_at_many(shop: Path) -> None:
    headrace("dataset", "--entity", "user_id", "--at", str(NOON + 11), "--out", "all.parquet")
    assert pl.read_parquet("all.parquet").get_column("user_id").to_list() == ["u1", "u2"]
    every = ("--every", "1h", "--from", "2026-01-01T12:00", "--to", "2026-01-01T14:00")
    headrace("dataset", "--entity", "user", *every, "--out", "all.parquet")
    assert spent("all.parquet") == [12.0, 3.5, 12.0, 3.5]


@pytest.mark.parametrize("option", some(["--spine", "--verify", "--rebuild"]))
@pytest.mark.parametrize("damage", some(["empty", "half", "pages"]))
def test_a_damaged_parquet_file_is_one_line(shop: Path, option: str, damage: str) -> None:
    headrace("dataset", "--spine", "labels.csv", *SPINE, "--out", "train.parquet")
    if option == "--spine":
        pl.read_csv("labels.csv").write_parquet("train.parquet")
    whole = Path("train.parquet").read_bytes()
    damaged = {"empty": b"", "half": whole[: len(whole) // 2], "pages": whole[:4] + b"\xff" * 120 + whole[124:]}
    Path("train.parquet").write_bytes(damaged[damage])
    arguments = (*SPINE, "--out", "again.parquet") if option == "--spine" else ()
    told = headrace("dataset", option, "train.parquet", *arguments)
    assert (told.exit_code, "train.parquet: cannot be read" in told.output) == (2, True), told.output
    assert not Path("again.parquet").exists()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--spine", "labels.csv", "--time", "at", "--out", "t.parquet"), "expected the column of the ids"),
        (("--spine", "labels.csv", "--entity", "user_id", "--out", "t.parquet"), "expected the column of the spine"),
        (("--spine", "labels.csv", *SPINE), "expected --out FILE"),
        (("--spine", "labels.csv", *SPINE, "--out", "labels.csv"), "is the spine; expected another file"),
        (("--spine", "labels.csv", *SPINE, "--out", "t.xlsx"), "the file extension is .xlsx"),
        (("--spine", "labels.csv", *SPINE, "--out", "t.csv", "--leakage", "t.csv"), "--leakage t.csv is also --out"),
        (("--spine", "labels.csv", *SPINE, "--out", "t.csv", "--leakage", "labels.csv"), "labels.csv is the spine"),
        (
            ("--spine", "labels.csv", *SPINE, "--out", "t.csv", "--leakage", "t.csv.manifest.json"),
            "--leakage t.csv.manifest.json is the manifest of --out",
        ),
        (("--spine", "labels.csv", *SPINE, "--out", "s3://b/t.csv"), "s3://b/t.csv: is a URL; expected a local file"),
        (("--spine", "s3://b/s.csv", *SPINE, "--out", "t.csv"), "s3://b/s.csv: is a URL; expected a local file"),
        (("--verify", "t.parquet", "--rebuild", "t.parquet"), "--verify and --rebuild cannot be combined"),
        (
            ("--verify", "t.parquet", "--spine", "labels.csv"),
            "--spine cannot be combined with --verify: the manifest of the data set",
        ),
        (("--spine", "none.csv", *SPINE, "--out", "t.parquet"), "none.csv: no such file"),
        (("--spine", "labels.csv", *SPINE, "--out", "t.parquet", "--features", "x"), "unknown feature 'x'"),
        (("--spine", "labels.csv", *SPINE, "--out", "t.parquet", "--set", "x"), "unknown feature set 'x'"),
        (("--spine", "labels.csv", *SPINE, "--out", "t.parquet", "--at", "2026-01-01"), "--at applies to all entities"),
        (("--spine", "labels.csv", *SPINE, "--out", "t.parquet", "--mode", "real"), "'real' is not one of"),
        (("--spine", "labels.csv", *SPINE, "--out", "t.parquet", "--lag", "soon"), "--lag 'soon'; expected a duration"),
        (("--spine", "labels.csv", *SPINE, "--out", "t.parquet", "--time-unit", "h"), "'h' is not one of"),
        (
            ("--spine", "labels.csv", "--entity", "user_id", "--time", "label", "--out", "t.parquet"),
            "column label, row 0",
        ),
        (("--entity", "user", "--every", "1h", "--out", "t.parquet"), "expected a spine (--spine FILE), one time"),
        (("--entity", "user", "--at", "noon", "--out", "t.parquet"), "--at 'noon'; expected a time"),
        (("--spine", "labels.csv", *SPINE, "--out", "t.parquet", "--features", ","), "',' contains no feature"),
        (("--spine", "specs", *SPINE, "--out", "t.parquet"), "specs: is a folder; expected a file"),
        (
            ("--spine", "labels.csv", *SPINE, "--out", "/proc/none/t.parquet"),
            "/proc/none: the folder cannot be created",
        ),
        (("--entity", "user", "--at", "\N{SUPERSCRIPT TWO}", "--out", "t.parquet"), "expected a time"),
        (("--entity", "user", "--at", "9" * 5_000, "--out", "t.parquet"), "expected a time"),
        (("--verify", "labels.csv"), "labels.csv: expected a data set"),
        (("--rebuild", "none.parquet"), "none.parquet: expected a data set"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_mistake_is_one_line_and_nothing_is_written(shop: Path, arguments: tuple[str, ...], said: str) -> None:
    told = headrace("dataset", *arguments)
    assert told.exit_code == 2
    assert said in told.output
    assert {path.name for path in shop.iterdir()} == {"labels.csv", "specs", "var"}
    assert not list((shop / "var").glob("history/*"))


def test_a_stopped_command_goes_on_where_it_was(shop: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    command = ("dataset", "--spine", "labels.csv", *SPINE, "--out", "train.parquet")
    monkeypatch.setattr("cli.handlers.history.datasets.dataset_engine.stopping", lambda: True)
    stopped = headrace(*command)
    assert (stopped.exit_code, "run the same command again to resume the job in" in stopped.output) == (1, True)
    publish(shop, [("u1", NOON, 1_000.0)], NOON)
    monkeypatch.undo()
    monkeypatch.chdir(shop)
    monkeypatch.setenv("HEADRACE_SPECS", str(shop / "specs"))
    monkeypatch.setenv("HEADRACE_VAR", str(shop / "var"))
    resumed = headrace(*command)
    assert (resumed.exit_code, "resuming the stopped job in var/history" in resumed.output) == (0, True)
    assert spent("train.parquet") == [0.0, 12.0, 3.5, 0.0, 0.0]


def test_ids_of_the_spine_are_in_different_shards() -> None:
    """The spine above asks more than one shard."""
    assert len(set(shards_of(pl.Series(["u1", "u2"]), 64).tolist())) == 2


def test_a_link_to_the_spine_is_not_written_over(shop: Path) -> None:
    (shop / "link.csv").hardlink_to("labels.csv")
    said = headrace("dataset", "--spine", "labels.csv", *SPINE, "--out", "link.csv")
    assert (said.exit_code, "--out link.csv is the spine" in said.output) == (2, True)
