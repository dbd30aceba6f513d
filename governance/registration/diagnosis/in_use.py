"""Asks the recovery store, the live run and the rows in Redis."""

from collections import Counter
from collections.abc import Iterator, Mapping
from itertools import islice
from pathlib import Path
from typing import Any

import redis

from connectors.redis import connect, embedded_server, tenant_of
from dataflows.definitions import Definitions
from dataflows.runtime.recorded_fingerprints import specs_key
from dataflows.runtime.recovery import saved_fingerprints
from dataflows.runtime.settings import Settings
from governance.registration.diagnosis.place import Verdict, Verdicts, compared

ROWS = 500
"""Most rows of an entity type that are read."""
_LOOKS = 200
"""Requests to Redis for them, of this many keys each."""
_KEYS = 1_000


def in_state(folder: Path, definitions: Definitions) -> Verdicts:
    """Returns the features in the saved state, if there is any; removed ones disappear by themselves."""
    fingerprints = saved_fingerprints(folder) if folder.is_dir() else {}
    if not fingerprints:
        return {}
    wanted = {feature.feature_name: feature.fingerprint for feature in definitions.features}
    return {f"feature/{name}": verdict for name, verdict in compared(wanted, fingerprints).items() if name in wanted}


def redis_of(settings: Settings) -> redis.Redis | None:
    """Returns the Redis of these settings; None if an embedded one was never used."""
    var = settings.var.resolve()
    if settings.redis_address is None and not (var / "redis.rdb").exists() and not embedded_server.is_used(var):
        return None
    return connect(settings.redis_address, settings.var)


def in_run(client: redis.Redis, prefix: str, definitions: Definitions) -> Verdicts:
    """Returns the features that the live run computes, if one holds the prefix. Raises redis.RedisError."""
    holder = tenant_of(client, prefix)
    if holder is None:
        return {}
    noted = [
        _recorded_specs(client, prefix, entity_type, holder.definitions) for entity_type in definitions.entity_types
    ]
    fingerprints = {f"feature/{name}": fingerprint for features in noted for name, fingerprint in features.items()}
    wanted = {f"feature/{feature.feature_name}": feature.fingerprint for feature in definitions.features}
    return compared(wanted, fingerprints)


def in_rows(client: redis.Redis, prefix: str, definitions: Definitions) -> Verdicts:
    """Returns whether the rows of each entity type, or a sample of them, were all computed by the definition.

    Raises redis.RedisError.
    """
    verdicts = dict[str, Verdict]()
    for entity_type, entity_id in definitions.entity_types.items():
        written = _written_by(client, prefix, entity_type)
        noted = {
            fingerprint: _recorded_specs(client, prefix, entity_type, fingerprint)
            for fingerprint in written
            if fingerprint != definitions.fingerprint
        }
        for feature in definitions.of_entity(entity_id) if written else ():
            others = [features.get(feature.feature_name) for features in noted.values()]
            same = all(other == feature.fingerprint for other in others)
            verdicts[f"feature/{feature.feature_name}"] = "same" if same else "other"
    return verdicts


def _written_by(client: redis.Redis, prefix: str, entity_type: str) -> Counter[str]:
    """Counts rows by their fingerprint of all definitions."""
    keys = list(islice(_keys(client, f"{prefix}:{entity_type}:*"), ROWS))
    with client.pipeline(transaction=False) as pipeline:
        for key in keys:
            pipeline.hget(key, "_spec")
        return Counter(_text(answer) for answer in pipeline.execute() if answer)


def _keys(client: redis.Redis, pattern: str) -> Iterator[bytes]:
    cursor = 0
    for _ in range(_LOOKS):
        answer: Any = client.scan(cursor, match=pattern, count=_KEYS)
        cursor, keys = answer
        yield from keys
        if cursor == 0:
            return


def _recorded_specs(client: redis.Redis, prefix: str, entity_type: str, fingerprint: str) -> Mapping[str, str]:
    fields: Any = client.hgetall(specs_key(prefix, entity_type, fingerprint))
    return {_text(name): _text(text) for name, text in fields.items()}


def _text(raw: bytes | str) -> str:
    return raw if isinstance(raw, str) else raw.decode(errors="replace")
