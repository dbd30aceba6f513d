"""Tests a process that dies anywhere: repeating the job leaves the same result as an undisturbed one."""

import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from connectors.messages import RawBatch
from dataflows.definitions.loader import Definitions
from dataflows.history import Execution, Job, RowRequest, answer, execution_of, gather_days, open_job, replay, shards_of
from dataflows.history.jobs import extents_of, forget, note_extents, other_version
from dataflows.history.stages import EPOCH, LocalStages, StageUnfinished
from dataflows.run import Ports
from dataflows.runtime.settings import Settings
from tests.support.dataflow.dying_process import BufferedSink, DeathError, DyingProcess, install
from tests.support.dataflow.in_memory_ports import SINK_PARTITIONS, ports, raw_batch
from tests.support.dataflow.outputs import Left
from tests.support.factories.definitions import HOUR, by_hand
from tests.support.generators.seeds import ALL_SEEDS, fresh_seed, rng_of, seeds, some

NEVER, START, SHARDS = sys.maxsize, 1_767_225_600_000, 2
SPENT = {
    "value_type": "DOUBLE",
    "source": "orders",
    "value": "amount",
    "aggregation": "sum",
    "window": "1h",
}
EPOCHS = [timedelta(0), EPOCH]


@dataclass(frozen=True, slots=True)
class Shop:
    """Definitions, and partitions with events of some users and some without a user."""

    definitions: Definitions
    partitions: Sequence[Sequence[RawBatch]]


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    definitions = by_hand(tmp_path / "specs", spent=SPENT)
    events = [
        {
            "event_type": "order",
            "user_id": f"u{number % 5}" if number % 7 else None,
            "amount": float(number),
            "timestamp": START + number * HOUR // 9,
        }
        for number in range(24)
    ]
    cut = [events[part::2] for part in range(2)]
    batches = [
        [raw_batch(str(part), of_partition[start : start + 4]) for start in range(0, len(of_partition), 4)]
        for part, of_partition in enumerate(cut)
    ]
    return Shop(definitions, batches)


def ends(shop: Shop, left: Left, process: DyingProcess) -> Ports:
    """Returns ports with sinks that send when the engine asks for a snapshot."""

    def records(name: str, features: Sequence[Any]) -> BufferedSink:
        return BufferedSink(SINK_PARTITIONS, lambda out: left.write_records(features[0].entity_id, out), process)

    return replace(
        ports(left, {"orders": shop.partitions}, process.read, []),
        store=BufferedSink(SINK_PARTITIONS, lambda out: left.writes.append((left.runs, out)), process),
        topic=records,
        dead_letters=BufferedSink(1, left.write_letters, process),
    )


def execution(epoch: timedelta, threads: int = 1) -> Execution:
    settings = Settings(shards=SHARDS, sink_partitions=SINK_PARTITIONS)
    made = execution_of(settings, lambda: 0, lambda flow: flow, lambda: False)
    stages = LocalStages(lambda flow: flow, lambda: False, epoch, threads)
    return replace(made, stages=stages, most_together=1 if threads > 1 else made.most_together)


Outcome = dict[str, Any]
Work = Callable[[Shop, Left, Path, DyingProcess, timedelta], Outcome]


def rows(shop: Shop, left: Left, folder: Path, process: DyingProcess, epoch: timedelta) -> Outcome:
    """Writes rows to the store, to topics and to files."""
    job, out = Job(folder / "job", SHARDS), folder / "out"
    open_job(job.folder, dict, fresh=False)
    ways = {"store": RowRequest(), "files": RowRequest(store=False, topics=True, files=job.folder / "rows")}
    for asked in ways.values():
        assert replay(job, shop.definitions, ends(shop, left, process), asked, execution(epoch), {})
    gather_days(job.folder / "rows", out, {}, {feature.feature_name for feature in shop.definitions.features})
    return {
        "files": pl.read_parquet(out / "*/*/rows.parquet", hive_partitioning=False).sort("_id", "_as_of").rows(),
        "hashes": left.hashes(),
        "records": {(row.entity, row.as_of, *row.values.values()) for row in left.records},
        "letters": {str(letter) for letter in left.letters},
    }


def answers(shop: Shop, left: Left, folder: Path, process: DyingProcess, epoch: timedelta, threads: int = 1) -> Outcome:
    """Answers questions about all entities, every hour."""
    job = Job(folder / "job", SHARDS)
    asked = pl.DataFrame({"id": [f"u{at % 6}" for at in range(18)], "time": [START + at * HOUR for at in range(18)]})
    asked = asked.with_row_index("row").with_columns(pl.col("row").cast(pl.Int64))
    shards = pl.Series("shard", shards_of(asked["id"], SHARDS))
    for number in range(SHARDS):
        path = job.questions("user_id", number)
        path.parent.mkdir(parents=True, exist_ok=True)
        asked.filter(shards == number).write_ipc(path)
    open_job(job.folder, dict, fresh=False)
    assert answer(job, shop.definitions, ends(shop, left, process).source, execution(epoch, threads), 0)
    paths = [job.answers(mode, "user_id", shard) for mode in ("true", "known") for shard in range(SHARDS)]
    return {str(path.relative_to(job.folder)): pl.read_ipc(path).rows() for path in paths if path.exists()}


def answers_in_threads(shop: Shop, left: Left, folder: Path, process: DyingProcess, epoch: timedelta) -> Outcome:
    """Answers the same questions in two threads, each with one partition and one shard."""
    return answers(shop, left, folder, process, epoch, threads=2)


def died(work: Work, shop: Shop, left: Left, folder: Path, epoch: timedelta, step: int) -> bool:
    """Returns whether the process got to the step at which it was to die."""
    process = DyingProcess(step)
    with pytest.MonkeyPatch.context() as patch:
        install(patch, process)
        try:
            work(shop, left, folder, process, epoch)
        except Exception:  # the engine wraps a death in errors of its own
            if not process.dead:
                raise
    return process.dead


def undisturbed(work: Work, shop: Shop, left: Left, folder: Path, epoch: timedelta) -> Outcome:
    return work(shop, left, folder, DyingProcess(NEVER), epoch)


@pytest.mark.long
@pytest.mark.parametrize("epoch", some(list(EPOCHS)))
@pytest.mark.parametrize("work", [rows, answers, answers_in_threads])
def test_a_death_at_any_step_changes_nothing(work: Work, shop: Shop, tmp_path: Path, epoch: timedelta) -> None:
    whole = undisturbed(work, shop, Left(shop.definitions), tmp_path / "whole", epoch)
    assert all(whole.values())
    step = 0
    while died(work, shop, left := Left(shop.definitions), folder := tmp_path / str(step), epoch, step):
        assert undisturbed(work, shop, left, folder, epoch) == whole, f"died at step {step}"
        step += max(1, ALL_SEEDS // len(seeds()))
    assert step > 40


def test_threads_share_the_work_and_answer_the_same(shop: Shop, tmp_path: Path) -> None:
    one = undisturbed(answers, shop, Left(shop.definitions), tmp_path / "one", EPOCH)
    two = undisturbed(answers_in_threads, shop, Left(shop.definitions), tmp_path / "two", EPOCH)
    for mode in ("true", "known"):
        assert of_mode(one, mode) == of_mode(two, mode) != []
    assert spilled(tmp_path / "one") == {"orders.0-000000.arrow"}
    assert spilled(tmp_path / "two") == {"orders.0-000000.arrow", "orders.1-000000.arrow"}


def of_mode(answered: Outcome, mode: str) -> list[tuple[Any, ...]]:
    """Returns the answers of all shards in a mode, by row."""
    return sorted(row for path, rows in answered.items() if f"/{mode}/" in path for row in rows)


def spilled(folder: Path) -> set[str]:
    """Returns the names of the files with events of users."""
    return {path.name for path in (Job(folder / "job", SHARDS).events / "user_id").iterdir()}


@pytest.mark.long
def test_deaths_one_after_another_change_nothing(shop: Shop, tmp_path: Path) -> None:
    rng = rng_of(fresh_seed())
    whole = undisturbed(rows, shop, Left(shop.definitions), tmp_path / "whole", EPOCHS[0])
    for number in seeds(25):
        left, folder = Left(shop.definitions), tmp_path / str(number)
        steps = rng.integers(0, 60, 4).tolist()
        for step in steps:
            died(rows, shop, left, folder, EPOCHS[int(rng.integers(0, 2))], step)
        assert undisturbed(rows, shop, left, folder, EPOCHS[0]) == whole, f"died at steps {steps}"


def test_a_stage_that_ends_without_a_shard_is_not_over(shop: Shop, tmp_path: Path) -> None:
    """Even if the engine loses work: a shard without a file is not finished."""
    job = Job(tmp_path / "job", SHARDS)
    process = DyingProcess(NEVER)
    assert replay(
        job, shop.definitions, ends(shop, Left(shop.definitions), process), RowRequest(), execution(EPOCH), {}
    )
    job.completed("store").unlink()
    (tmp_path / "job" / "ledgers" / "store" / "shard-001.sealed").unlink()
    stopped = replace(execution(EPOCH), stopping=lambda: True)
    with pytest.raises(StageUnfinished, match="stage store ended without shard 1; run the same command again"):
        replay(job, shop.definitions, ends(shop, Left(shop.definitions), process), RowRequest(), stopped, {})


@pytest.mark.parametrize("noted", ['{"headrace": "0.0.1", "format": 2, "extents": {}}', '{"orders": {}}'])
def test_a_job_of_another_version_is_told(tmp_path: Path, noted: str) -> None:
    job = Job(tmp_path / "job")
    note_extents(job, {})
    assert other_version(job) is None
    (job.folder / "job.json").write_text(noted)
    assert str(other_version(job)).startswith("headrace ")


def test_what_is_forgotten_does_not_come_back(tmp_path: Path) -> None:
    """A process killed while it forgets has already removed the record that something was done."""
    job, step, dead = Job(tmp_path / "job", SHARDS), 0, True
    while dead:
        note_extents(job, {})
        for path in (job.completed("spill"), job.events / "user_id" / "orders.0-000000.arrow", job.folder / "run.lock"):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.touch()
        dead = forgot(job, step)
        done = job.completed("spill").exists() and extents_of(job) is not None
        assert not done or (step == 0 and any(job.events.glob("*/*")))
        forget(job)
        step += 1
    assert [path.name for path in job.folder.iterdir()] == ["run.lock"]
    assert step > 1


def forgot(job: Job, step: int) -> bool:
    """Returns whether the process that forgot the job died at that step."""
    with pytest.MonkeyPatch.context() as patch:
        install(patch, process := DyingProcess(step))
        with suppress(DeathError):
            forget(job)
    return process.dead
