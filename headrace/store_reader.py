"""Reads features from Redis by the definitions."""

import time
from collections.abc import Sequence
from pathlib import Path

import redis

from connectors.redis import connect
from connectors.redis.client import endpoint
from dataflows.definitions import Definitions, UnknownSet
from headrace.errors import InvalidRequest, ServiceUnavailable
from serving.features.answers import EntityAnswer, UnreadableAnswer, answer_in_place
from serving.features.contract import MOST_ENTITIES
from serving.features.feature_reader import FeatureReader
from serving.features.selection import SelectionError


class StoreReader:
    """Reads entities from one Redis, a thousand per round trip. Raises RedisUrlError."""

    def __init__(self, url: str, definitions: Definitions, prefix: str, timeout_s: float) -> None:
        self._store = connect(url, Path(), timeout_s)
        self._reader = FeatureReader(self._store, definitions, prefix)

    def read(
        self, entity_type: str, ids: Sequence[str], features: Sequence[str] | None, set_name: str | None
    ) -> list[EntityAnswer | UnreadableAnswer | None]:
        """Reads entities in the order requested. Raises InvalidRequest, ServiceUnavailable."""
        answers: list[EntityAnswer | UnreadableAnswer | None] = []
        for start in range(0, len(ids), MOST_ENTITIES):
            answers += self._read(entity_type, ids[start : start + MOST_ENTITIES], features, set_name)
        return answers

    def _read(
        self, entity_type: str, ids: Sequence[str], features: Sequence[str] | None, set_name: str | None
    ) -> list[EntityAnswer | UnreadableAnswer | None]:
        try:
            entities = self._reader.read_entities(entity_type, ids, features, set_name)
        except (SelectionError, UnknownSet) as error:
            raise InvalidRequest(str(error)) from error
        except redis.RedisError as error:
            raise ServiceUnavailable(f"{endpoint(self._store)} cannot be read: {error!s:.200}") from error
        now_ms = time.time_ns() // 1_000_000
        return [answer_in_place(id, entity, now_ms) for id, entity in zip(ids, entities, strict=True)]

    def close(self) -> None:
        """Closes the connections."""
        self._store.close()
