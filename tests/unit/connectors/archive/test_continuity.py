"""Tests that a topic that was deleted and created again is never joined with the archive of the old one."""

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from connectors.archive import ArchiveDamaged, ArchiveGap, TopicContent, archive_of, joined_extents, problems_of
from connectors.archive.archiver import FileLimits
from connectors.archive.last_message import archive_end
from connectors.embedded.topics import TopicRetention
from connectors.messages import Extent
from tests.support.factories.topics.archived_topic import DAY, FOLDER, MORNING, SMALL, ArchivedLog, log_in, read_on
from tests.support.factories.topics.embedded_topic import TOPIC
from tests.support.generators.seeds import fresh_seed, rng_of

IDS = r"archived from the topic with id \w+, but its id is \w+; hint: if the topic was deleted and created again"
TRIMMED = TopicRetention(partitions=1, segment_bytes=1_000, retain_bytes=2_000)


def archived(tmp_path: Path, rows: int = 50, keeping: TopicRetention | None = None) -> ArchivedLog:
    some = log_in(tmp_path, SMALL, keeping)
    some.publish(MORNING, rows)
    some.archive()
    return some


def of_unknown_id(some: ArchivedLog) -> TopicContent:
    """Returns the topic for a role that may not ask for its id."""
    return replace(some.held(), id_of=lambda partition: "")


def joined(some: ArchivedLog, topic: TopicContent) -> dict[str, Extent]:
    return joined_extents(some.store, archive_of(some.store, TOPIC), topic, str)


def deleted(some: ArchivedLog) -> None:
    shutil.rmtree(some.root)


def emptied(some: ArchivedLog) -> None:
    """Deletes the rows but not the topic: its id is still that of the archive."""
    for segment in some.root.rglob("*.jsonl"):
        segment.unlink()


@pytest.mark.parametrize("gone", [deleted, emptied])
def test_a_topic_made_anew_is_refused_however_many_rows_it_has(
    tmp_path: Path, gone: Callable[[ArchivedLog], None]
) -> None:
    rng = rng_of(fresh_seed())
    for rows in (1, 49, 50, 51, *rng.integers(1, 200, 5).tolist()):
        folder = tmp_path / f"{gone.__name__}-{rows}-{rng.integers(1 << 30)}"
        some = archived(folder)
        gone(some)
        anew = log_in(folder, SMALL)
        anew.publish(MORNING + 1, rows)
        for attempt in (anew.extents, anew.archive):
            with pytest.raises(ArchiveDamaged, match="hint: if the topic was deleted and created again"):
                attempt()
        assert anew.files() == some.files()


def test_the_same_rows_published_again_are_another_topic(tmp_path: Path) -> None:
    some = archived(tmp_path)
    deleted(some)
    anew = log_in(tmp_path, SMALL)
    anew.publish(MORNING, 80)
    with pytest.raises(ArchiveDamaged, match=IDS):
        anew.extents()


@pytest.mark.parametrize(
    ("at", "rows", "said"),
    [
        (MORNING + 1, 80, f"archived as published at {MORNING}, in the topic published at {MORNING + 1}"),
        (MORNING, 20, "the archive ends at 50, but the topic ends at 20"),
    ],
)
def test_without_an_id_the_last_message_tells(tmp_path: Path, at: int, rows: int, said: str) -> None:
    some = archived(tmp_path)
    deleted(some)
    anew = log_in(tmp_path, SMALL)
    anew.publish(at, rows)
    with pytest.raises(ArchiveDamaged, match=said):
        joined(anew, of_unknown_id(anew))


def test_other_bytes_at_the_same_time_are_another_topic(tmp_path: Path) -> None:
    some = archived(tmp_path)
    deleted(some)
    anew = log_in(tmp_path, SMALL)
    anew.put(MORNING, [b'{"n":0}'] * 80)
    with pytest.raises(ArchiveDamaged, match="at position 49, is not the topic's: archived with 8 bytes, in the topic"):
        joined(anew, of_unknown_id(anew))


def test_the_topic_itself_is_joined_with_and_without_its_id(tmp_path: Path) -> None:
    some = archived(tmp_path)
    some.publish(MORNING + DAY, 30)
    for topic in (some.held(), of_unknown_id(some)):
        assert joined(some, topic) == {"0": Extent("0", "80")}


def test_a_new_topic_without_rows_leaves_the_archive_alone(tmp_path: Path) -> None:
    some = archived(tmp_path)
    deleted(some)
    anew = log_in(tmp_path, SMALL)
    assert joined(anew, anew.held())["0"] == Extent("0", "50")
    assert [payload for batch in anew.read() for payload in batch.payloads] == some.published
    anew.archive()
    assert anew.files() == some.files()


def test_one_partition_with_rows_is_enough_to_refuse_all(tmp_path: Path) -> None:
    """The other partition is empty and would be read from the archive, so the two would come from different topics."""
    some = archived(tmp_path)
    deleted(some)
    anew = log_in(tmp_path, SMALL, TopicRetention(partitions=2))
    key = next(key for key in map(str, range(100)) if not_first(tmp_path, key))
    anew.publish(MORNING, 5, key)
    held = anew.held()
    assert held.extents["0"] == Extent("0", "0") and held.extents["1"] == Extent("0", "5")
    for topic in (held, of_unknown_id(anew)):
        with pytest.raises(ArchiveDamaged, match=r"partition 0: "):
            joined(anew, topic)


def not_first(tmp_path: Path, key: str) -> bool:
    probe = ArchivedLog(tmp_path / f"probe{key}", str(tmp_path / "none"), TopicRetention(partitions=2))
    probe.publish(MORNING, 1, key)
    return probe.held().extents["0"].end == "0"


def test_a_trimmed_topic_is_known_by_its_id(tmp_path: Path) -> None:
    """Retention has removed the archive's last row, but no row that is not archived."""
    some = archived(tmp_path, 50, TRIMMED)
    while int(some.held().extents["0"].first) < 50:
        some.archive()
        some.publish(MORNING, 5)
    first = some.held().extents["0"].first
    (tmp_path / "archive").rename(tmp_path / "whole")
    cut = ArchivedLog(some.root, str(tmp_path / "archive"), TRIMMED, FileLimits(rows=int(first)))
    copied_up_to(tmp_path, int(first), cut)
    assert joined(cut, cut.held()).keys() == {"0"}
    with pytest.raises(ArchiveDamaged, match="no longer holds the last message of the archive, at"):
        joined(cut, of_unknown_id(cut))


def copied_up_to(tmp_path: Path, first: int, cut: ArchivedLog) -> None:
    """Archives up to the exact row where the topic now begins: keeps only the files before it."""
    for file in (tmp_path / "whole" / FOLDER).rglob("*.parquet"):
        if int(file.stem.rpartition("-")[2]) <= first:
            target = tmp_path / "archive" / FOLDER / file.parent.name / file.name
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(file, target)
    held = cut.held()
    end = archive_end(cut.store, archive_of(cut.store, TOPIC), 0)
    assert end is not None
    begin = held.extents["0"].first
    if end.position != begin:  # the topic removes whole segments: an end between two files is no join
        pytest.fail(f"archive ends at {end.position}, topic begins at {begin}")


def test_a_trimmed_topic_with_a_gap_says_what_is_missing(tmp_path: Path) -> None:
    some = archived(tmp_path, 10, TRIMMED)
    for _ in range(30):
        some.publish(MORNING, 10)
    with pytest.raises(ArchiveGap, match="positions 10 up to"):
        some.extents()


def test_a_topic_made_anew_between_two_passes_is_refused_and_what_was_read_is_kept(tmp_path: Path) -> None:
    some = log_in(tmp_path, SMALL)
    some.publish(MORNING, 30)
    archiver, _ = some.copying(over=False)
    some.copy(archiver)
    assert len(some.files()) == 1  # 10 rows are open
    deleted(some)
    anew = log_in(tmp_path, SMALL)
    anew.publish(MORNING, 90)
    with pytest.raises(ArchiveDamaged, match=IDS):
        anew.copy(archiver)
    assert archive_of(some.store, TOPIC).end(0) == "30"
    shutil.rmtree(anew.root)
    assert [payload for batch in log_in(tmp_path, SMALL).read() for payload in batch.payloads] == some.published


def test_what_is_resumed_is_compared_again(tmp_path: Path) -> None:
    some = archived(tmp_path)
    some.publish(MORNING + DAY, 30)
    extents = some.extents()
    _, state = read_on(some.history(extents, batch_rows=10), most=6)
    deleted(some)
    anew = log_in(tmp_path, SMALL)
    anew.publish(MORNING, 200)
    with pytest.raises(ArchiveDamaged, match=IDS):
        read_on(anew.history(extents, batch_rows=10), state=state)


def test_files_of_two_topics_in_one_folder_are_found(tmp_path: Path) -> None:
    some = archived(tmp_path, 20)
    other = ArchivedLog(tmp_path / "other", str(tmp_path / "elsewhere"), limits=FileLimits(rows=20))
    other.publish(MORNING, 40)
    other.archive()
    stray = next(path for path in other.files() if path.endswith("-20-40.parquet"))
    shutil.copy(tmp_path / "elsewhere" / FOLDER / stray, tmp_path / "archive" / FOLDER / stray)
    (problem,) = problems_of(some.store, archive_of(some.store, TOPIC))
    assert problem.kind == "foreign" and "copied from the topic with id" in problem.text
