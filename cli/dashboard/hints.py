"""Writes hints beside the panel: the verdict, the page, and commands to copy."""

import shlex
import shutil
import sys
import time
from contextlib import suppress
from pathlib import Path

import redis

from cli.terminal import where
from connectors.redis import text_of
from dataflows.definitions import Definitions
from dataflows.runtime.settings import Settings
from reports.verdict import verdict
from serving.quality.incident_reader import read_incidents
from serving.quality.live_reports import UnreadableReport, read_known

VERDICT_EVERY_S = 3.0
KEYS_A_LOOK = 500  # bounds the load on Redis while an entity is looked up


class Hints:
    """The lines under the panel. Looks up an entity for them in Redis until there is one.

    `page` is the address of the pages, None without them.
    """

    def __init__(self, settings: Settings, definitions: Definitions, store: redis.Redis, page: str | None) -> None:
        self._settings = settings
        self._types = frozenset(definitions.entity_types)
        self._store = store
        self._page = page
        self._verdict = HintVerdict(store, settings.redis_prefix, definitions) if settings.quality else None
        self._entity: tuple[str, str] | None = None
        self._cursor = 0

    @property
    def title(self) -> str:
        """Words where topics and features are."""
        topics = "Pulsar" if self._settings.pulsar_url else "embedded topics"
        store = "Redis" if self._settings.redis_url else "embedded Redis"
        return f"{topics} to {store}, files under {where(self._settings.var)}"

    def lines(self) -> list[str]:
        """Returns one suggestion per line."""
        self._entity = self._entity or self._example()
        read = f"{self._entity[0]} {shlex.quote(self._entity[1])}" if self._entity else "user ID"
        specs = where(self._settings.specs)
        quality = [f"quality         {self._verdict.sentence(time.monotonic())}"] if self._verdict else []
        pages = f"{self._page}, or {program()} report" if self._page else f"{program()} report"
        return [
            *quality,
            f"quality pages   {pages}",
            f"read features   {program()} get {read}",
            f"dead letters    {self._dead_letters()}",
            f"new feature     {program()} new feature NAME, or a file in {specs}; {program()} validate; run again",
            "stop            Ctrl-C drains and stops",
        ]

    def _example(self) -> tuple[str, str] | None:
        """Returns an entity that is in Redis now, if this look finds one."""
        try:
            return self._next_keys()
        except redis.RedisError:
            return None  # not worth a message: the dataflow reports an unavailable Redis

    def _next_keys(self) -> tuple[str, str] | None:
        prefix = self._settings.redis_prefix
        self._cursor, keys = self._store.scan(self._cursor, match=f"{prefix}:*:*", count=KEYS_A_LOOK)
        for key in keys:
            entity_type, _, entity = text_of(key).removeprefix(f"{prefix}:").partition(":")
            if entity_type in self._types:
                return entity_type, entity
        return None

    def _dead_letters(self) -> str:
        topic = self._settings.dead_letter_topic
        if self._settings.pulsar_url:
            return topic
        return where(self._settings.var / "topics" / topic.removeprefix("persistent://"))


class HintVerdict:
    """The verdict on all features, read every few seconds; the last one while Redis does not answer."""

    def __init__(self, store: redis.Redis, prefix: str, definitions: Definitions) -> None:
        self._store, self._prefix = store, prefix
        self._features = [feature.feature_name for feature in definitions.features]
        self._sources = list(definitions.sources)
        self._sentence = verdict(())
        self._due_s = 0.0

    def sentence(self, now_s: float) -> str:
        """Returns the verdict in one sentence; `now_s` is monotonic."""
        if now_s >= self._due_s:
            self._due_s = now_s + VERDICT_EVERY_S
            with suppress(redis.RedisError, UnreadableReport):  # `headrace report` reports it
                known = read_known(self._store, self._prefix, self._features, self._sources)
                incidents = read_incidents(self._store, self._prefix)
                self._sentence = verdict(known.settled_features(), known.settled_sources(), incidents)
        return self._sentence


def program() -> str:
    """Returns the command by which this program was called, for hints to paste."""
    called = Path(sys.argv[0])
    on_path = shutil.which("headrace")
    if called.name != "headrace" or (on_path and Path(on_path).absolute() == called.absolute()):
        return "headrace"
    return where(called)
