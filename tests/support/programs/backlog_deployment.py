"""A live run over a backlog: events of users in two sources, each in several partitions, and the expected output."""

import json
import signal
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from connectors.embedded.topic_folder import TopicRetention, open_topic
from connectors.embedded.writer import TopicWriter
from dataflows.definitions.loader import Definitions, load
from tests.support.oracle.brute_force import Oracle
from tests.support.oracle.equality import same
from tests.support.oracle.event_facts import Event
from tests.support.programs.worker import Worker

SOURCE = """source: {0}
topic: "persistent://public/default/raw-{0}{1}"
columns: {{user_id: STRING, lane: STRING, amount: INT64, timestamp: INT64}}
required: [timestamp]
event_time: {{column: timestamp, unit: ms}}
entities: [user_id]
"""
FEATURE = """feature_name: {source}_{aggregation}_{window}
version: 1
owner: a@example.com
description: "of a backlog"
value_type: INT64
entity_id: user_id
topic_name: "persistent://public/default/feature-backlog{suffix}"
source: {source}
aggregation: {aggregation}
window: {window}
{value}
"""
SOURCES = ("steps", "jumps")
USERS = 5


@dataclass
class Backlog:
    """`steps` and `jumps` in the topics of `worker`, published when they happened; a `suffix` makes the topics
    unique."""

    worker: Worker
    suffix: str = ""
    events: dict[str, list[Event]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        specs = self.worker.folder / "specs"
        for file in specs.rglob("*.yaml"):
            file.unlink()
        for source in SOURCES:
            (specs / "sources" / f"{source}.yaml").write_text(SOURCE.format(source, self.suffix))
            for aggregation, window, value in (("count", "1h", ""), ("sum", "1d", "value: amount")):
                text = FEATURE.format(
                    source=source, aggregation=aggregation, window=window, value=value, suffix=self.suffix
                )
                (specs / f"{source}_{aggregation}.yaml").write_text(text)
            self.events[source] = []

    @property
    def definitions(self) -> Definitions:
        return load(self.worker.folder / "specs")

    def publish(self, rng: np.random.Generator, count: int, start_ms: int, end_ms: int) -> None:
        """Publishes events at distinct times of a span, to partitions independent of their users."""
        times = np.sort(rng.choice(end_ms - start_ms, count, replace=False)) + start_ms
        new: dict[str, list[Event]] = {source: [] for source in SOURCES}
        for time in times.tolist():
            user, lane = f"u{rng.integers(USERS)}", f"k{rng.integers(50)}"
            event = {"user_id": user, "lane": lane, "amount": int(rng.integers(1, 100)), "timestamp": time}
            new[SOURCES[int(rng.random() < 0.3)]].append(event)
        for source, events in new.items():
            self.events[source] += events
            topic = open_topic(self.worker.var / "topics", f"raw-{source}", TopicRetention(partitions=3))
            writer = TopicWriter(topic, lambda: end_ms)
            payloads, published = [json.dumps(event).encode() for event in events], [stamp(event) for event in events]
            writer.write(writer.pending([str(event["lane"]) for event in events], payloads, published))
            writer.close()

    def records(self) -> list[dict[str, Any]]:
        """Returns all records of the feature topic."""
        files = sorted((self.worker.var / "topics/public/default/feature-backlog").glob("*/*.jsonl"))
        lines = [line for file in files for line in file.read_bytes().split(b"\n")[:-1]]
        return [json.loads(line)["v"] for line in lines]

    def folded(self) -> int:
        """Returns the number of events in the newest records of all users."""
        newest: dict[str, int] = {}
        for record in self.records():
            newest[record["user_id"]] = max(newest.get(record["user_id"], 0), record["seq"])
        return sum(newest.values())

    def done(self) -> bool:
        """Returns whether all events are folded."""
        return self.folded() == sum(map(len, self.events.values()))

    def goes_on(self, before: int) -> bool:
        """Returns whether more events are folded than before, or all of them."""
        return self.folded() > before or self.done()

    def finish(self) -> None:
        """Starts a run that reads the remaining events, and stops it."""
        process = self.worker.start()
        try:
            self.worker.until(process, self.done)
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(60)

    def wrong(self) -> list[str]:
        """Returns the records that are wrong at their `as_of`, by brute force."""
        records, definitions = self.records(), self.definitions
        oracle = Oracle(definitions, self.events)
        expected = oracle.values_at("user_id", [(record["user_id"], record["as_of"]) for record in records])
        return [
            f"{record['user_id']} at {record['as_of']}: {name} is {record[name]}, not {value}"
            for record, values in zip(records, expected, strict=True)
            for name, value in values.items()
            if not same(value, record[name], "INT64")
        ]

    def dead_letters(self) -> int:
        """Returns how many events were refused."""
        folder = self.worker.var / "topics/public/default/headrace-dead-letters"
        return sum(file.read_bytes().count(b"\n") for file in folder.glob("*/*.jsonl"))


def stamp(event: Event) -> int:
    """Returns when an event happened."""
    return int(str(event["timestamp"]))
