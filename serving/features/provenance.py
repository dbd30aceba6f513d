"""Determines, by fingerprint, which definition of a feature computed a stored value.

A row carries one fingerprint of all definitions (`_spec`); the dataflow records the fingerprint of each feature
under it.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import redis

from dataflows.definitions import Definitions, Feature, bare_name
from dataflows.runtime.recorded_fingerprints import specs_key

OTHER = "computed by another definition of this feature; the entity's next row replaces it"
_MOST_REMEMBERED = 1_000


class Provenance:
    """Finds the features of a row that other definitions computed. Raises redis.RedisError."""

    def __init__(self, client: redis.Redis, definitions: Definitions, prefix: str) -> None:
        self._client, self._prefix = client, prefix
        self._own = definitions.fingerprint
        self._noted: dict[str, Mapping[str, str]] = {}

    def learn(self, entity_type: str, fingerprints: Iterable[str]) -> None:
        """Reads the records of unknown fingerprints in one round trip."""
        keys = {
            specs_key(self._prefix, entity_type, fingerprint) for fingerprint in set(fingerprints) - {"", self._own}
        }
        unknown = sorted(keys - self._noted.keys())
        if not unknown:
            return
        with self._client.pipeline(transaction=False) as pipeline:
            for key in unknown:
                pipeline.hgetall(key)
            answers: list[Any] = pipeline.execute(raise_on_error=False)
        for key, record in zip(unknown, answers, strict=True):
            if isinstance(record, dict) and record and len(self._noted) < _MOST_REMEMBERED:
                self._noted[key] = {_text(name): _text(fingerprint) for name, fingerprint in record.items()}

    def others(self, entity_type: str, fingerprint: str, features: Sequence[Feature]) -> frozenset[str]:
        """Returns the features that another definition computed in a row of this fingerprint; none if unknown."""
        if fingerprint in {"", self._own}:
            return frozenset()
        noted = self._noted.get(specs_key(self._prefix, entity_type, fingerprint))
        if noted is None:
            return frozenset()
        return frozenset(
            feature.feature_name for feature in features if noted.get(feature.feature_name) != feature.fingerprint
        )

    def renamed(self, entity_type: str, fingerprint: str, features: Sequence[Feature]) -> dict[str, str]:
        """Returns the features that have another name in a row of this fingerprint, with that name.

        A promoted version had another name in earlier rows, with the same fingerprint.
        """
        noted = self._noted.get(specs_key(self._prefix, entity_type, fingerprint), {})
        versions = {(bare_name(name), printed): name for name, printed in noted.items()}
        keys = {feature.feature_name: (bare_name(feature.feature_name), feature.fingerprint) for feature in features}
        return {name: versions[key] for name, key in keys.items() if key in versions}


def _text(raw: bytes | str) -> str:
    return raw if isinstance(raw, str) else raw.decode(errors="replace")
