"""Which definition made a value: the definitions that ever wrote rows, by their fingerprint.

A row carries one fingerprint for all definitions (`_spec`); what each feature was under it, the run has noted.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import redis

from dataflows.definitions import Definitions, Feature
from dataflows.runtime.noted_specs import specs_key

OTHER = "made by another definition of this feature: it has a value with the entity's next row"
_MOST_REMEMBERED = 1_000


class Provenance:
    """Tells which features of a row were made by other definitions than these. Raises redis.RedisError."""

    def __init__(self, client: redis.Redis, definitions: Definitions, prefix: str) -> None:
        self._client, self._prefix = client, prefix
        self._own = definitions.fingerprint
        self._noted: dict[str, Mapping[str, str]] = {}

    def learn(self, entity_type: str, fingerprints: Iterable[str]) -> None:
        """Read, in one round trip, what is not known yet of these."""
        keys = {specs_key(self._prefix, entity_type, one) for one in set(fingerprints) - {"", self._own}}
        unknown = sorted(keys - self._noted.keys())
        if not unknown:
            return
        with self._client.pipeline(transaction=False) as pipeline:
            for key in unknown:
                pipeline.hgetall(key)
            answers: list[Any] = pipeline.execute(raise_on_error=False)
        for key, found in zip(unknown, answers, strict=True):
            if isinstance(found, dict) and found and len(self._noted) < _MOST_REMEMBERED:
                self._noted[key] = {_text(name): _text(fingerprint) for name, fingerprint in found.items()}

    def others(self, entity_type: str, fingerprint: str, features: Sequence[Feature]) -> frozenset[str]:
        """The features that another definition made in a row of that fingerprint; none where that is not known."""
        if fingerprint in {"", self._own}:
            return frozenset()
        noted = self._noted.get(specs_key(self._prefix, entity_type, fingerprint))
        if noted is None:
            return frozenset()
        return frozenset(one.feature_name for one in features if noted.get(one.feature_name) != one.fingerprint)


def _text(raw: bytes | str) -> str:
    return raw if isinstance(raw, str) else raw.decode(errors="replace")
