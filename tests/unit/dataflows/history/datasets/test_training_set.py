"""Tests `training_set` in Python: the forms it accepts and returns."""

import asyncio
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import msgspec
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from connectors.embedded.topics import append
from dataflows.history.datasets import DatasetError, training_set
from tests.support.factories.datasets import NOON, on_time, order, shop_definitions, shop_in
from tests.support.paths import ROOT

EVENTS = [
    order("u1", NOON, 5.0),
    order("u1", NOON + 10, 7.0),
    order("u2", NOON + 20, 1.5, "i2"),
    order("😀", NOON, 2.5),
]
SPINE = pl.DataFrame(
    {
        "user_id": ["u1", "u1", None, "😀", "nobody"],
        "item_id": ["i1", "i2", "i1", None, "i2"],
        "time": [NOON, NOON + 11, NOON, NOON + 21, NOON + 21],
        "label": [1, 0, 1, 0, 1],
    }
)
ENTITIES = ("user_id", "item_id")


@pytest.fixture(autouse=True)
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    shop_definitions(tmp_path / "specs")
    monkeypatch.setenv("HEADRACE_SPECS", str(tmp_path / "specs"))
    monkeypatch.setenv("HEADRACE_VAR", str(tmp_path / "var"))
    payloads = [msgspec.json.encode(event) for _, event in EVENTS]
    topic = "persistent://public/default/raw-order-events"
    append(tmp_path / "var" / "topics", topic, ["k"] * len(payloads), payloads, lambda: NOON)
    return tmp_path


def test_the_engine_gives_the_values_of_brute_force(shop: Path) -> None:
    by_hand = shop_in(shop / "oracle", on_time(*EVENTS)).table(SPINE.to_arrow(), entities=ENTITIES)
    assert training_set(SPINE, entity=ENTITIES, time="time").equals(pl.DataFrame(by_hand))


@pytest.mark.parametrize("form", ["polars", "lazy", "pandas", "arrow", "path", "text"])
def test_a_spine_has_many_forms(shop: Path, form: str) -> None:
    SPINE.write_parquet(shop / "s.parquet")
    spine: Any = {
        "polars": SPINE,
        "lazy": SPINE.lazy(),
        "pandas": SPINE.to_pandas(),
        "arrow": SPINE.to_arrow(),
        "path": shop / "s.parquet",
        "text": str(shop / "s.parquet"),
    }[form]
    made = training_set(spine, entity="user_id", time="time", features="user_spend_1h")
    assert made.get_column("user_spend_1h").to_list() == [0.0, 12.0, 0.0, 2.5, 0.0]
    assert made.columns[:4] == SPINE.columns


def test_pandas_comes_back_with_its_index(shop: Path) -> None:
    frame = pd.DataFrame({"user_id": ["u1"], "time": pd.to_datetime(["2026-01-01T12:00:01Z"])}, index=["first"])
    made = training_set(frame, entity="user_id", time="time", features=["user_orders_1d"], as_="pandas")
    assert made.index.tolist() == ["first"]
    assert made["user_orders_1d"].tolist() == [2]


def test_arrow_comes_with_its_manifest() -> None:
    made = training_set(SPINE, entity="user_id", time="time", as_="arrow")
    assert isinstance(made, pa.Table)
    assert msgspec.json.decode(made.schema.metadata[b"headrace"])["rows"] == 5


def test_without_a_spine_all_entities_are_asked() -> None:
    made = training_set(entity="user_id", at="2026-01-01T12:00:01Z", features="user_orders_1d")
    assert made.select("user_id", "user_orders_1d").rows() == [("u1", 2), ("u2", 1), ("😀", 1)]
    many = training_set(entity="user_id", every="1h", start=NOON, end=NOON + 7_200_000)
    assert len(many) == 6


def test_no_job_is_left(shop: Path) -> None:
    training_set(SPINE, entity="user_id", time="time")
    assert list((shop / "var" / "history").iterdir()) == []


def test_no_job_is_left_after_a_mistake(shop: Path) -> None:
    with pytest.raises(DatasetError, match="column label, row 0"):
        training_set(SPINE, entity="user_id", time="label")
    assert list((shop / "var" / "history").iterdir()) == []


@pytest.mark.parametrize(
    ("spine", "how", "said"),
    [
        (SPINE, {"time": "time", "as_": "numpy"}, "as_ 'numpy'; expected polars, pandas or arrow"),
        (SPINE, {}, "expected the column of the spine that contains the times"),
        (SPINE, {"time": "when"}, "the spine: no column when"),
        ({"user_id": ["u1"]}, {"time": "time"}, "a spine of type dict; expected a frame"),
        (None, {}, "expected a spine"),
        (SPINE, {"time": "time", "mode": "seen"}, "mode 'seen'; expected one of true, known, served"),
    ],
)
def test_a_mistake_says_what_was_expected(spine: Any, how: dict[str, Any], said: str) -> None:
    with pytest.raises(DatasetError) as error:
        training_set(spine, entity="user_id", **how)
    assert said in str(error.value)


def test_a_deprecated_feature_is_warned_of(shop: Path) -> None:
    spec = next((shop / "specs").rglob("user_spend_1h.yaml"))
    spec.write_text(spec.read_text() + "deprecated: {since: 2026-11-01, use: user_spend_1d}\n")
    with pytest.warns(
        DeprecationWarning, match="user_spend_1h is deprecated since 2026-11-01: read user_spend_1d"
    ) as seen:
        made = training_set(SPINE, entity="user_id", time="time", features="user_spend_1h")
    assert seen[0].filename == __file__
    assert made.get_column("user_spend_1h").to_list() == [0.0, 12.0, 0.0, 2.5, 0.0]


def test_times_and_spans_may_be_those_of_python(shop: Path) -> None:
    noon = datetime(2026, 1, 1, 12, tzinfo=UTC)
    told = training_set(entity="user_id", every="1s", start=NOON, end=NOON + 2_000)
    by_python = training_set(
        entity="user_id",
        every=timedelta(seconds=1),
        start=noon.astimezone(timezone(timedelta(hours=5, minutes=30))),
        end=noon.replace(tzinfo=None) + timedelta(seconds=2),
        features=None,
        lag=timedelta(seconds=3),
    )
    assert len(told) == 6
    assert by_python.equals(told)


@pytest.mark.parametrize(
    ("how", "said"),
    [
        ({"at": 1.5}, "at 1.5; expected an ISO 8601 string, ms since 1970 or a datetime"),
        ({"at": True}, "at True; expected"),
        ({"at": NOON, "start": NOON}, "expected a spine"),
        ({"at": NOON, "lag": 5}, "lag 5; expected a string such as '1h', or a timedelta of whole seconds"),
        ({"at": NOON, "time_unit": "h"}, "time_unit 'h'; expected one of auto, s, ms, us, ns"),
        ({"at": NOON, "time": "time"}, "--time names a column of a spine, but there is no spine"),
        ({"at": NOON, "entity": "time=user_id"}, "the ids cannot be in time, the time column"),
    ],
)
def test_an_argument_that_says_nothing_is_refused(how: dict[str, Any], said: str) -> None:
    with pytest.raises(DatasetError) as error:
        training_set(**{"entity": "user_id", **how})
    assert said in str(error.value)


@pytest.mark.long
def test_calls_in_threads_do_not_disturb_each_other(shop: Path) -> None:
    """Also for two equal requests; no call leaves files."""

    def asked(number: int) -> pl.DataFrame:
        made: pl.DataFrame = training_set(SPINE.head(2 + number % 2), entity="user_id", time="time")
        return made

    alone = asked(0), asked(1)
    with ThreadPoolExecutor(4) as pool:
        made = list(pool.map(asked, range(6)))
    assert all(one.equals(alone[number % 2]) for number, one in enumerate(made))
    assert list((shop / "var" / "history").iterdir()) == []


FORKED = """
import os, sys, warnings
from headrace import training_set

warnings.simplefilter("ignore")
if os.fork():
    sys.exit(os.waitstatus_to_exitcode(os.wait()[1]))
try:
    training_set(entity="user_id", at=0)
except Exception as error:
    os._exit(0 if "hint: start processes with multiprocessing" in str(error) else 1)
"""


@pytest.mark.usefixtures("programs")
def test_a_call_in_a_forked_process_is_refused() -> None:
    """It would wait for ever, because the threads of polars are not forked."""
    assert subprocess.run([sys.executable, "-c", FORKED], cwd=ROOT, timeout=120, check=False).returncode == 0


@pytest.mark.long
@pytest.mark.parametrize("in_threads", [False, True])
def test_it_works_within_a_running_loop(in_threads: bool) -> None:
    """As in a notebook, also twice at the same time."""

    def asked() -> pl.DataFrame:
        made: pl.DataFrame = training_set(SPINE, entity="user_id", time="time")
        return made

    async def several() -> list[pl.DataFrame]:
        if in_threads:
            return list(await asyncio.gather(asyncio.to_thread(asked), asyncio.to_thread(asked)))
        return [asked(), asked()]

    one, other = asyncio.run(several())
    assert one.equals(other)
    assert one.equals(asked())


def test_a_call_that_fails_leaves_nothing(shop: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """For any reason; another call must not continue from its positions."""

    def fails(*_: object) -> None:
        raise OSError("the disk is gone")

    monkeypatch.setattr("dataflows.history.datasets.history_fold.answer", fails)
    with pytest.raises(OSError, match="the disk is gone"):
        training_set(SPINE, entity="user_id", time="time")
    assert list((shop / "var" / "history").iterdir()) == []
