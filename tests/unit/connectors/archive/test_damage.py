"""Tests damaged, moved and foreign files: a check names each with its remedy, and no reader confuses them."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from connectors.archive import ArchiveDamaged, archive_of, problems_of
from connectors.archive.archiver import FileLimits
from tests.support.factories.topics.archived_topic import DAY, FOLDER, MORNING, ArchivedLog
from tests.support.factories.topics.embedded_topic import TOPIC
from tests.support.generators.seeds import rng_of, some


class Damaged:
    """Three days of an archived topic, one file each."""

    def __init__(self, tmp_path: Path) -> None:
        self.archived = ArchivedLog(tmp_path / "topics", str(tmp_path / "archive"))
        for day in range(3):
            self.archived.publish(MORNING + day * DAY, 100)
        self.archived.archive()
        self.folder = tmp_path / "archive" / FOLDER
        self.first, self.middle, self.last = (self.folder / file for file in self.archived.files())

    def problems(self) -> list[tuple[str, str]]:
        store = self.archived.store
        return [(problem.kind, problem.text) for problem in problems_of(store, archive_of(store, TOPIC))]

    def expect(self, kind: str, *words: str) -> None:
        """Checks that there is one finding, with these words."""
        ((actual, text),) = self.problems()
        assert actual == kind
        for word in (*words, "hint: "):
            assert word in text
        assert "\n" not in text


@pytest.fixture
def damaged(tmp_path: Path) -> Damaged:
    return Damaged(tmp_path)


def rewritten(file: Path, change: Callable[[pa.Table], pa.Table]) -> None:
    """Writes other messages with the same footer."""
    held = pq.ParquetFile(file)
    rows, metadata = change(held.read()), held.metadata.metadata
    with pq.ParquetWriter(file, rows.schema) as writer:
        writer.write_table(rows)
        writer.add_key_value_metadata({key: value for key, value in metadata.items() if key.startswith(b"headrace")})


def flipped(file: Path, start: int, count: int) -> None:
    content = bytearray(file.read_bytes())
    for place in range(start, start + count):
        content[place] ^= 0xFF
    file.write_bytes(content)


def test_a_whole_archive_has_no_problem(damaged: Damaged) -> None:
    assert damaged.problems() == []


def test_a_file_that_is_gone_is_a_gap(damaged: Damaged) -> None:
    damaged.middle.unlink()
    damaged.expect("gap", "positions 100 up to 200 are missing between", damaged.first.name, damaged.last.name)


@pytest.mark.parametrize("left", [0, 3, 8, 100, -1, -9, -300])
def test_a_truncated_file_cannot_be_read(damaged: Damaged, left: int) -> None:
    damaged.middle.write_bytes(damaged.middle.read_bytes()[:left])
    damaged.expect("unreadable", str(damaged.middle), "not a whole Parquet file")
    with pytest.raises(ArchiveDamaged):
        damaged.archived.read()


def test_a_file_of_another_range_is_told(damaged: Damaged) -> None:
    damaged.last.rename(damaged.last.with_name("part-0-200-301.parquet"))
    damaged.expect("unreadable", "holds positions 200 up to 300 of partition 0", "give it its name back")


def test_a_file_of_another_partition_is_told(damaged: Damaged) -> None:
    shutil.copy(damaged.first, damaged.first.with_name("part-1-0-100.parquet"))
    damaged.expect("unreadable", "part-1-0-100.parquet", "of partition 0, which differs from its name")


def test_a_file_of_an_earlier_release_names_no_partition(damaged: Damaged) -> None:
    held = pq.ParquetFile(damaged.middle)
    rows, metadata = held.read(), dict(held.metadata.metadata)
    del metadata[b"headrace.partition"]
    with pq.ParquetWriter(damaged.middle, rows.schema) as writer:
        writer.write_table(rows)
        writer.add_key_value_metadata({key: value for key, value in metadata.items() if key.startswith(b"headrace")})
    assert damaged.problems() == []
    assert sum(len(batch.payloads) for batch in damaged.archived.read()) == 300


def test_a_file_of_another_topic_is_told_and_not_read(damaged: Damaged, tmp_path: Path) -> None:
    """Its range is the same, so only the id of its topic differs."""
    other = Damaged(tmp_path / "other")
    shutil.copy(other.middle, damaged.middle)
    damaged.expect("foreign", str(damaged.middle), "restore the file of this topic")
    with pytest.raises(ArchiveDamaged, match=r"copied from the topic with id .* the files before it from the one with"):
        damaged.archived.read()


def test_a_file_in_the_folder_of_another_day_is_told(damaged: Damaged) -> None:
    other = damaged.middle.parent.with_name("published=2031-01-01")
    other.mkdir()
    damaged.middle.rename(other / damaged.middle.name)
    damaged.expect("unreadable", "holds messages that were published on 2027-01-06", "folder of its day")


@pytest.mark.parametrize(
    "name",
    [
        "published=2027-13-99/part-0-300-400.parquet",
        "published=2027-02-31/part-0-300-400.parquet",
        "published=--/part-0-300-400.parquet",
        "published=2027-01-09/part-00-300-400.parquet",
        "published=2027-01-09/part-0-0300-400.parquet",
        "published=2027-01-09/part-0-400-300.parquet",
        "published=2027-01-09/part-0-300-400.parquet/nested",
        "mine.parquet",
    ],
)
def test_a_name_that_the_archive_does_not_write_is_foreign(damaged: Damaged, name: str) -> None:
    file = damaged.folder / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(b"")
    damaged.expect("foreign", name, "not a file name of the archive", "move the file away")
    with pytest.raises(ArchiveDamaged, match="not a file name of the archive"):
        damaged.archived.read()


def test_positions_in_two_files_overlap(damaged: Damaged, tmp_path: Path) -> None:
    some = ArchivedLog(damaged.archived.root, str(tmp_path / "other"), limits=FileLimits(rows=50))
    some.archive()
    (half,) = (tmp_path / "other").rglob("part-0-150-200.parquet")
    shutil.copy(half, damaged.middle.parent)
    damaged.expect("overlap", damaged.middle.name, half.name, "remove one of the files")
    with pytest.raises(ArchiveDamaged, match="positions 150 up to 200 are in two files"):
        damaged.archived.read()


def test_other_messages_below_the_same_footer_are_told(damaged: Damaged) -> None:
    rows = pq.ParquetFile(damaged.first).read()
    day = pq.ParquetFile(damaged.middle).read().column("published_ms")
    rewritten(damaged.middle, lambda _: rows.set_column(3, rows.schema.field("published_ms"), day))
    damaged.expect("unreadable", "its messages are not those of the positions in its name")


def test_messages_out_of_order_are_told(damaged: Damaged) -> None:
    rewritten(damaged.middle, lambda rows: rows.take(list(range(99, -1, -1))))
    damaged.expect("unreadable", "its messages are not those of the positions in its name")


def test_a_table_that_is_not_of_the_archive_is_told(damaged: Damaged) -> None:
    pq.write_table(pa.table({"a": [1]}), damaged.middle)
    damaged.expect("unreadable", "its columns differ from those of the archive")
    rows = pq.ParquetFile(damaged.first).read()
    pq.write_table(rows.replace_schema_metadata({}), damaged.middle)
    damaged.expect("unreadable", "its columns differ from those of the archive")


def test_a_file_of_a_later_release_is_told(damaged: Damaged) -> None:
    held = pq.ParquetFile(damaged.middle)
    rows, metadata = held.read(), dict(held.metadata.metadata)
    with pq.ParquetWriter(damaged.middle, rows.schema) as writer:
        writer.write_table(rows)
        writer.add_key_value_metadata({**metadata, b"headrace.archive": b"2"})
    damaged.expect("unreadable", "the file is of version 2 of the archive; this release reads 1")


@pytest.mark.parametrize("seed", some(list(range(3))))
def test_no_flipped_byte_is_read_as_if_nothing_were_wrong(damaged: Damaged, seed: int) -> None:
    """Pages have checksums; a flip elsewhere is either detected or makes no difference."""
    rng, content = rng_of(seed), damaged.middle.read_bytes()
    for _ in range(60):
        flipped(damaged.middle, int(rng.integers(4, len(content) - 8)), int(rng.integers(1, 4)))
        problems = [text for _, text in damaged.problems()]
        try:
            read = [payload for batch in damaged.archived.read() for payload in batch.payloads]
        except ArchiveDamaged:
            assert problems
        else:
            assert read == damaged.archived.published
        damaged.middle.write_bytes(content)


def test_a_link_to_nowhere_is_told(damaged: Damaged) -> None:
    damaged.middle.unlink()
    damaged.middle.symlink_to("/nowhere")
    damaged.expect("unreadable", "the file no longer exists", "restore it")
