"""Tests events beside payloads: the same messages in the same order, and payloads read on demand."""

from collections.abc import Sequence
from pathlib import Path

import msgspec
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from connectors.archive import ArchiveDamaged, archive_of, problems_of
from connectors.archive.archiver import FileLimits
from connectors.archive.reading import file_reading
from connectors.messages import Extent, RawBatch
from tests.support.factories.topics.archived_topic import DAY, FOLDER, MORNING, ArchivedLog, read_on
from tests.support.factories.topics.embedded_topic import TOPIC
from tests.support.generators.seeds import rng_of, seeds


class Numbers:
    """Decodes the number of a payload, except of every seventh."""

    fingerprint = "numbers"
    type = pa.struct([("n", pa.int64())])

    def __call__(self, payloads: Sequence[bytes]) -> pa.StructArray:
        numbers = [msgspec.json.decode(payload)["n"] for payload in payloads]
        return pa.array([{"n": number} if number % 7 else None for number in numbers], self.type)


def archived(tmp_path: Path, types: Numbers | None, limits: FileLimits | None = None) -> ArchivedLog:
    some = ArchivedLog(tmp_path / "topics", str(tmp_path / "archive"), limits=limits or FileLimits(20), types=types)
    some.publish(MORNING, 100)
    some.archive()
    return some


def numbers(batch: RawBatch) -> list[int | None]:
    assert batch.typed is not None
    assert batch.typed.fingerprint == "numbers"
    return [event and event["n"] for event in batch.typed.events(["n"]).to_pylist()]


@pytest.mark.parametrize("seed", seeds(20))
def test_any_extent_has_its_events_and_payloads(tmp_path: Path, seed: int) -> None:
    rng = rng_of(seed)
    some = archived(tmp_path, Numbers())
    first, end = sorted(int(row) for row in rng.integers(0, 101, 2))
    source = some.history({"0": Extent(str(first), str(end))}, batch_rows=int(rng.integers(1, 40)))
    head, state = read_on(source, most=int(rng.integers(1, 6)))
    batches = head + ([] if head[-1].ended else read_on(source, state=state)[0])
    full = [batch for batch in batches if len(batch.payloads)]
    assert [n for batch in full for n in numbers(batch)] == [n if n % 7 else None for n in range(first, end)]
    for place in rng.permutation(len(full)):  # payloads of batches already read, and of later ones
        batch, start = full[place], sum(len(earlier.payloads) for earlier in full[:place]) + first
        row = int(rng.integers(len(batch.payloads)))
        assert batch.payloads[row] == b'{"n":%d}' % (start + row)
        assert batch.payloads[-1] == b'{"n":%d}' % (start + len(batch.payloads) - 1)
        assert batch.position(row) == f"0:{start + row}"
        assert list(batch.payloads) == batch.payloads[:] == some.published[start : start + len(batch.payloads)]
        assert batch.payloads[row:] == some.published[start + row : start + len(batch.payloads)]


def test_files_with_and_without_events_are_one_archive(tmp_path: Path) -> None:
    some = archived(tmp_path, None)
    some.types = Numbers()
    some.publish(MORNING + DAY, 30)
    some.archive()
    batches = [batch for batch in some.read(batch_rows=50) if len(batch.payloads)]
    assert [batch.typed is None for batch in batches] == [True] * 5 + [False] * 2
    assert [payload for batch in batches for payload in batch.payloads] == some.published
    assert list(problems_of(some.store, archive_of(some.store, TOPIC))) == []


def test_the_same_events_make_the_same_files(tmp_path: Path) -> None:
    files = list[dict[str, bytes]]()
    for name, batch_rows in (("one", 10_000), ("other", 10_000), ("small", 7)):
        some = ArchivedLog(tmp_path / "topics", str(tmp_path / name / "archive"), types=Numbers())
        if not files:
            some.publish(MORNING, 1_000)
        some.archive(batch_rows)
        folder = tmp_path / name / "archive"
        files.append({str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*.parquet")})
    assert len(files[0]) == 1
    assert files[0] == files[1] == files[2]


def test_a_file_with_events_is_read_by_anybody(tmp_path: Path) -> None:
    some = archived(tmp_path, Numbers(), FileLimits())
    (path,) = some.files()
    table = pq.read_table(tmp_path / "archive" / FOLDER / path)
    assert table.schema.names == ["payload", "key", "message_id", "published_ms", "event_ms", "event"]
    assert table["event"].to_pylist()[:2] == [None, {"n": 1}]


@pytest.mark.parametrize("seed", seeds(5))
def test_a_payload_that_cannot_be_read_is_told(tmp_path: Path, seed: int) -> None:
    """Events were already read when the file turns out to be damaged."""
    rng = rng_of(seed)
    some = archived(tmp_path, Numbers(), FileLimits())
    (batch, *_) = some.read()
    path = tmp_path / "archive" / FOLDER / some.files()[0]
    whole = path.read_bytes()
    payload = pq.ParquetFile(path).metadata.row_group(0).column(0)
    offset = payload.data_page_offset + int(rng.integers(40, payload.total_compressed_size - 8))
    path.write_bytes(whole[:offset] + bytes([whole[offset] ^ 1]) + whole[offset + 1 :])
    with pytest.raises(ArchiveDamaged, match="cannot be read to its end"):
        batch.payloads[1]


@pytest.mark.parametrize("types", [None, Numbers()])
def test_large_messages_come_in_small_batches(
    tmp_path: Path, types: Numbers | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    some = archived(tmp_path, types, FileLimits())
    size = max(map(len, some.published))
    monkeypatch.setattr(file_reading, "BATCH_BYTES", 10 * size)
    batches = [batch for batch in some.read(batch_rows=50) if len(batch.payloads)]
    assert max(len(batch.payloads) for batch in batches) <= 12
    assert [payload for batch in batches for payload in batch.payloads] == some.published
