"""Tests what a batch records about its source: the delay from publishing to reading its events."""

from connectors.messages import RawBatch
from dataflows.ingest import MergedBatch
from dataflows.quality import newest_publish
from dataflows.quality.sources.source_counter import published_ticks


def batch(payloads: list[bytes], newest_ms: int) -> RawBatch:
    return RawBatch("0", payloads, newest_ms, newest_ms, str)


def test_a_partition_that_is_read_to_its_end_does_not_make_a_backlog_new() -> None:
    """Its batch is empty and of now, beside events of an hour ago."""
    arrivals = MergedBatch((batch([], 3_600_000), batch([b"{}", b"{}"], 5_000), batch([], 3_600_000)))
    assert newest_publish(arrivals) == 5_000
    assert published_ticks(arrivals).tolist() == [5]


def test_without_events_a_batch_is_of_its_own_time() -> None:
    assert newest_publish(MergedBatch((batch([], 7_000),))) == 7_000
