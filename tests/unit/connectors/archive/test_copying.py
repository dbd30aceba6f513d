"""Tests archiving: file boundaries depend on days and sizes alone; files are complete or absent, the same at every
rerun."""

from pathlib import Path

import duckdb
import pyarrow.parquet as pq
import pytest

from connectors.archive import TopicContent
from connectors.archive.archiver import FileLimits
from connectors.embedded.topics import TopicRetention
from connectors.messages import Extent
from tests.support.factories.topics.archived_topic import DAY, FOLDER, NOW, ArchivedLog, log_in
from tests.support.generators.seeds import fresh_seed, rng_of, some

MORNING = NOW - NOW % DAY - DAY


def test_a_file_has_all_that_the_topic_knows(tmp_path: Path) -> None:
    archived = log_in(tmp_path)
    archived.put(MORNING, [b'{"n":1}', b"\xff\x00", b""], key="k1")
    archived.archive()
    assert archived.files() == ["published=2027-01-14/part-0-0-3.parquet"]
    rows = pq.read_table(tmp_path / "archive" / FOLDER / archived.files()[0], partitioning=None).to_pylist()
    assert rows == [
        {"payload": payload, "key": "k1", "message_id": str(row), "published_ms": MORNING, "event_ms": None}
        for row, payload in enumerate([b'{"n":1}', b"\xff\x00", b""])
    ]


def test_other_programs_read_it(tmp_path: Path) -> None:
    archived = log_in(tmp_path)
    archived.publish(MORNING, 5)
    archived.publish(MORNING + DAY, 7)
    archived.archive()
    files = f"{tmp_path}/archive/{FOLDER}/*/*.parquet"
    rows_read = duckdb.execute(
        f"SELECT CAST(published AS VARCHAR), count(*), sum((decode(payload)::JSON->>'n')::INT) "
        f"FROM read_parquet('{files}', hive_partitioning = true) GROUP BY 1 ORDER BY 1"
    ).fetchall()
    assert rows_read == [("2027-01-14", 5, sum(range(5))), ("2027-01-15", 7, sum(range(5, 12)))]


def test_a_line_without_a_key_has_none(tmp_path: Path) -> None:
    archived = log_in(tmp_path)
    archived.publish(MORNING, 1)
    (segment,) = (tmp_path / "topics/public/default/events/0").glob("*.jsonl")
    with segment.open("ab") as file:
        file.write(b'{"t":%d,"v":{"n":1}}\nby hand\n' % MORNING)
    archived.archive()
    keys = [pq.ParquetFile(tmp_path / "archive" / FOLDER / file).read().column("key") for file in archived.files()]
    assert [key for column in keys for key in column.to_pylist()] == ["k", None, None]


def test_a_file_never_spans_two_days(tmp_path: Path) -> None:
    archived = log_in(tmp_path)
    for published in (DAY - 1, DAY, DAY, 2 * DAY - 1, DAY - 1, 3 * DAY):
        archived.publish(published, 1)
    archived.archive()
    assert archived.files() == [
        "published=1970-01-01/part-0-0-1.parquet",
        "published=1970-01-01/part-0-4-5.parquet",
        "published=1970-01-02/part-0-1-4.parquet",
        "published=1970-01-04/part-0-5-6.parquet",
    ]


@pytest.mark.parametrize("batch_rows", [1, 7, 10, 1_000])
def test_ends_do_not_depend_on_batches(tmp_path: Path, batch_rows: int) -> None:
    archived = log_in(tmp_path, FileLimits(rows=10, payload_bytes=1_000))
    archived.publish(MORNING, 25)
    archived.put(MORNING, [b"x" * 900, b"x" * 99, b"x" * 2_000, b"x", b"x"])
    archived.archive(batch_rows)
    held = [tuple(map(int, file.removesuffix(".parquet").split("-")[-2:])) for file in archived.files()]
    assert sorted(held) == [(0, 10), (10, 20), (20, 27), (27, 28), (28, 30)]


def test_the_rows_of_an_epoch_hold_nothing_up(tmp_path: Path) -> None:
    """The clock stands still, so that only a snapshot begins another epoch."""
    archived = log_in(tmp_path)
    archived.rows_per_epoch = 10
    archived.publish(MORNING, 95)
    archived.archive(batch_rows=7)
    assert [payload for batch in archived.read() for payload in batch.payloads] == archived.published


def test_a_rerun_writes_nothing_new(tmp_path: Path) -> None:
    archived = log_in(tmp_path)
    archived.publish(MORNING, 10)
    archived.archive()
    before = {file.name: file.stat().st_mtime_ns for file in (tmp_path / "archive").rglob("*.parquet")}
    archived.archive()
    assert {file.name: file.stat().st_mtime_ns for file in (tmp_path / "archive").rglob("*.parquet")} == before
    archived.publish(MORNING, 10)
    archived.archive()
    assert archived.files() == [f"published=2027-01-14/part-0-{rows}.parquet" for rows in ("0-10", "10-20")]


def test_the_same_topic_makes_the_same_files(tmp_path: Path) -> None:
    for folder in ("one", "two"):
        archived = ArchivedLog(tmp_path / "topics", str(tmp_path / folder), limits=FileLimits(rows=7))
        if folder == "one":
            archived.publish(MORNING, 30)
            archived.publish(MORNING + DAY, 30)
        archived.archive(batch_rows=10)
    first, second = (
        {str(file.relative_to(tmp_path / folder)): file.read_bytes() for file in (tmp_path / folder).rglob("*.parquet")}
        for folder in ("one", "two")
    )
    assert first == second
    assert len(first) == 10


@pytest.mark.long
@pytest.mark.parametrize("limits", some([FileLimits(), FileLimits(rows=70_000)]))
def test_the_bytes_of_a_file_do_not_depend_on_batches(tmp_path: Path, limits: FileLimits) -> None:
    """Its groups of rows do not either; they hold so many messages or so many bytes."""
    rng, made = rng_of(fresh_seed()), list[list[bytes]]()
    archived = ArchivedLog(tmp_path / "topics", str(tmp_path / "0"))
    archived.put(MORNING, [b"x" * size for size in rng.integers(0, 40, 80_000)])
    archived.put(MORNING, [b"x" * size for size in rng.integers(0, 3_000_000, 12)])
    for batch_rows in (100_000, 10_000, 777):
        some = ArchivedLog(tmp_path / "topics", str(tmp_path / str(batch_rows)), limits=limits)
        some.archive(batch_rows)
        made.append([(tmp_path / str(batch_rows) / FOLDER / file).read_bytes() for file in some.files()])
    assert made[0] == made[1] == made[2]
    held = pq.ParquetFile(tmp_path / "777" / FOLDER / some.files()[-1]).metadata
    assert held.num_row_groups > 1


def test_what_is_open_waits_for_the_end_of_its_day(tmp_path: Path) -> None:
    """As in a live run: nothing is read twice, and only complete files exist."""
    archived = log_in(tmp_path)
    archiver, _ = archived.copying(over=False)
    for published in (MORNING, MORNING + 1, MORNING + DAY):
        archived.publish(published, 10)
        archived.copy(archiver)
        assert len(archived.files()) == (1 if published == MORNING + DAY else 0)
    assert archived.files() == ["published=2027-01-14/part-0-0-20.parquet"]
    archiver.discard()
    assert [file.name for file in (tmp_path / "archive").rglob("*") if file.is_file()] == ["part-0-0-20.parquet"]
    archived.archive()
    assert archived.files()[1:] == ["published=2027-01-15/part-0-20-30.parquet"]


def test_partitions_have_files_of_their_own(tmp_path: Path) -> None:
    archived = log_in(tmp_path, keeping=TopicRetention(partitions=3))
    for number in range(30):
        archived.publish(MORNING, 2, key=f"k{number}")
    archived.archive()
    assert {file.split("part-")[1].split("-")[0] for file in archived.files()} == {"0", "1", "2"}
    assert sorted(payload for batch in archived.read() for payload in batch.payloads) == sorted(archived.published)


def test_a_large_message_is_a_message(tmp_path: Path) -> None:
    archived = log_in(tmp_path)
    archived.put(MORNING, [b"small", bytes(range(256)) * 20_000, b"small"])
    archived.archive()
    assert [payload for batch in archived.read() for payload in batch.payloads] == archived.published


def test_nothing_published_is_noted_once_begun(tmp_path: Path) -> None:
    """As when a broker begins a new ledger: positions advance, messages do not."""
    archived = log_in(tmp_path)
    archived.publish(MORNING, 10)
    archived.archive()
    archiver, _ = archived.copying()
    last = {"0": Extent("9", "10")}
    held = archived.held()
    archiver.copy(
        lambda: TopicContent(
            {"0": Extent("0", "12")},
            held.id_of,
            lambda extents: archived.topic(10, last if extents == last else {"0": Extent("10", "10")}),
        )
    )
    assert archived.files() == [f"published=2027-01-14/part-0-{rows}.parquet" for rows in ("0-10", "10-12")]
    assert pq.ParquetFile(tmp_path / "archive" / FOLDER / archived.files()[1]).metadata.num_rows == 0
