"""Writes the past of the demo shop to embedded topics, each event published when it happened.

It is written beside the topics and moved there when complete, so that a stopped run starts over.
"""

import shutil
from pathlib import Path

import msgspec

from connectors.demo import Generator, Traffic
from connectors.embedded.segments import segments
from connectors.embedded.topic_folder import TopicFolder, open_topic
from connectors.embedded.writer import TopicWriter

DRAFT = ".demo-history"


class _Timed(msgspec.Struct):
    timestamp: int


def is_fresh(root: Path, traffic: Traffic) -> bool:
    """Returns whether the topics of the shop are empty, or hold an unfinished past."""
    if (root / DRAFT).exists():
        return True
    return not any(segments(topic.partition(number)) for topic in _topics(root, traffic) for number in _parts(topic))


def fill_past(root: Path, generator: Generator, now_ms: int) -> int:
    """Writes the events of `history_ms` before a time to the topics; returns their number."""
    shutil.rmtree(root / DRAFT, ignore_errors=True)
    (root / DRAFT).mkdir(parents=True)
    written = _drafted(root, generator, now_ms)
    for topic in _topics(root, generator.traffic):
        draft = open_topic(root / DRAFT, _name(root, topic), topic.keeping)
        for number in _parts(topic):
            for file in sorted(draft.partition(number).glob("*.jsonl")):
                file.replace(topic.partition(number) / file.name)
    shutil.rmtree(root / DRAFT)
    return written


def _drafted(root: Path, generator: Generator, now_ms: int) -> int:
    writers, decode, written = dict[str, TopicWriter](), msgspec.json.Decoder(_Timed).decode, 0
    retention = {_name(root, topic): topic.keeping for topic in _topics(root, generator.traffic)}
    for name, batch in generator.history(now_ms):
        folder = _name(root, open_topic(root, name))
        if folder not in writers:
            writers[folder] = TopicWriter(open_topic(root / DRAFT, folder, retention[folder]), lambda: now_ms)
        published = [decode(payload).timestamp for payload in batch.payloads]
        writers[folder].write(writers[folder].pending(batch.keys, batch.payloads, published))
        written += len(batch.payloads)
    for writer in writers.values():
        writer.close()
    return written


def _topics(root: Path, traffic: Traffic) -> list[TopicFolder]:
    return [open_topic(root, name) for name in (traffic.order_topic, traffic.login_topic)]


def _parts(topic: TopicFolder) -> range:
    return range(topic.keeping.partitions)


def _name(root: Path, topic: TopicFolder) -> str:
    return str(topic.folder.relative_to(root))
