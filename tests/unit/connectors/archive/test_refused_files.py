"""Tests files that an archive must not hold: twofold, foreign, damaged or gone; each is refused by its name."""

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from connectors.archive import ArchiveDamaged, ArchiveGap, archive_of, problems_of
from connectors.archive.archiver import FileLimits
from tests.support.factories.topics.archived_topic import (
    FOLDER,
    ArchivedLog,
    half_archived,
    read_on,
)
from tests.support.factories.topics.embedded_topic import TOPIC, rows


def test_two_files_with_the_same_messages_are_refused(tmp_path: Path) -> None:
    archived_log = half_archived(tmp_path)
    other = ArchivedLog(tmp_path / "topics", str(tmp_path / "other"), limits=FileLimits(rows=30))
    other.archive()
    stray = tmp_path / "other" / FOLDER / next(path for path in other.files() if "0-30-60" in path)
    stray.rename(archived_log.file_of(0).with_name(stray.name))
    with pytest.raises(ArchiveDamaged, match=r"positions 30 up to 40 are in two files, published=.*-20-40.parquet and"):
        archived_log.read()
    kinds = [problem.kind for problem in problems_of(archived_log.store, archive_of(archived_log.store, TOPIC))]
    assert kinds == ["overlap", "overlap"]


@pytest.mark.parametrize(
    "name", ["published=2027-01-05/mine.parquet", "orders.parquet", "published=x/part-0-0-1.parquet"]
)
def test_a_foreign_file_is_refused(tmp_path: Path, name: str) -> None:
    archived_log = half_archived(tmp_path)
    path = tmp_path / "archive" / FOLDER / name
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(b"")
    with pytest.raises(ArchiveDamaged, match=f"{name}: not a file name of the archive; expected"):
        archived_log.read()
    assert [problem.path for problem in problems_of(archived_log.store, archive_of(archived_log.store, TOPIC))] == [
        name
    ]


@pytest.mark.parametrize("name", [".hidden", "_SUCCESS", "published=2027-01-05/.part-0.0.99999"])
def test_hidden_files_are_nothing(tmp_path: Path, name: str) -> None:
    archived_log = half_archived(tmp_path)
    path = tmp_path / "archive" / FOLDER / name
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(b"")
    assert rows(archived_log.read()) == archived_log.published


def cut_off(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-20])


def emptied(path: Path) -> None:
    path.write_bytes(b"")


def overwritten(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[4:400] = bytes(396)
    path.write_bytes(content)


def with_one_bit_flipped(path: Path) -> None:
    """Flips a bit in the middle of a compressed page: only its checksum detects it."""
    content = bytearray(path.read_bytes())
    content[60] ^= 1
    path.write_bytes(content)


def of_other_columns(path: Path) -> None:
    pq.write_table(pa.table({"n": [1]}), path)


def of_other_positions(path: Path) -> None:
    table = pq.ParquetFile(path).read()
    pq.write_table(table.replace_schema_metadata(None), path)


@pytest.mark.parametrize(
    "damage", [cut_off, emptied, overwritten, with_one_bit_flipped, of_other_columns, of_other_positions]
)
def test_a_damaged_file_is_refused(tmp_path: Path, damage: object) -> None:
    archived_log = half_archived(tmp_path)
    path = archived_log.file_of(2)
    assert callable(damage)
    damage(path)
    with pytest.raises(ArchiveDamaged, match=str(path)):
        archived_log.read()
    (problem,) = problems_of(archived_log.store, archive_of(archived_log.store, TOPIC))
    assert problem.kind == "unreadable"
    assert str(path) in problem.text


def test_a_file_that_goes_while_it_is_read_is_told(tmp_path: Path) -> None:
    archived_log = half_archived(tmp_path)
    source = archived_log.history()
    _, state = read_on(source, most=2)
    archived_log.file_of(1).unlink()
    with pytest.raises((ArchiveDamaged, ArchiveGap), match=r"gone|missing between"):
        read_on(source, state=state)
