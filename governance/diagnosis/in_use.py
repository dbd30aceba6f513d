"""What the recovery store, the live run and the rows in Redis say."""

from collections import Counter
from collections.abc import Iterator, Mapping
from itertools import islice
from pathlib import Path
from typing import Any

import redis

from connectors.redis import connect, embedded_server, tenant_of
from dataflows.definitions import Definitions
from dataflows.runtime.noted_specs import specs_key
from dataflows.runtime.recovery import kept_fingerprints
from dataflows.runtime.settings import Settings
from governance.diagnosis.place import Verdict, Verdicts, compared

ROWS = 500
"""Rows of an entity type that are looked at."""
_LOOKS = 200
"""Questions to Redis for them, of so many keys each."""
_KEYS = 1_000


def in_state(folder: Path, definitions: Definitions) -> Verdicts:
    """The features that the kept state is of, if there is any; those that are no more go by themselves."""
    kept = kept_fingerprints(folder) if folder.is_dir() else {}
    if not kept:
        return {}
    wanted = {feature.feature_name: feature.fingerprint for feature in definitions.features}
    return {f"feature/{name}": verdict for name, verdict in compared(wanted, kept).items() if name in wanted}


def redis_of(settings: Settings) -> redis.Redis | None:
    """The Redis of these settings; None where an embedded one was never used."""
    var = settings.var.resolve()
    if settings.redis_address is None and not (var / "redis.rdb").exists() and not embedded_server.is_used(var):
        return None
    return connect(settings.redis_address, settings.var)


def in_run(client: redis.Redis, prefix: str, definitions: Definitions) -> Verdicts:
    """The features that the live run computes, if one holds the prefix. Raises redis.RedisError."""
    holder = tenant_of(client, prefix)
    if holder is None:
        return {}
    noted = [_noted(client, prefix, entity_type, holder.definitions) for entity_type in definitions.entity_types]
    found = {f"feature/{name}": fingerprint for each in noted for name, fingerprint in each.items()}
    wanted = {f"feature/{feature.feature_name}": feature.fingerprint for feature in definitions.features}
    return compared(wanted, found)


def in_rows(client: redis.Redis, prefix: str, definitions: Definitions) -> Verdicts:
    """Whether the rows of each entity type, or a sample of them, were all computed by the definition.

    Raises redis.RedisError.
    """
    verdicts = dict[str, Verdict]()
    for entity_type, entity_id in definitions.entity_types.items():
        written = _written_by(client, prefix, entity_type)
        noted = {one: _noted(client, prefix, entity_type, one) for one in written if one != definitions.fingerprint}
        for feature in definitions.of_entity(entity_id) if written else ():
            others = [each.get(feature.feature_name) for each in noted.values()]
            same = all(other == feature.fingerprint for other in others)
            verdicts[f"feature/{feature.feature_name}"] = "same" if same else "other"
    return verdicts


def _written_by(client: redis.Redis, prefix: str, entity_type: str) -> Counter[str]:
    """How many rows carry which fingerprint of all definitions."""
    keys = list(islice(_keys(client, f"{prefix}:{entity_type}:*"), ROWS))
    with client.pipeline(transaction=False) as pipeline:
        for key in keys:
            pipeline.hget(key, "_spec")
        return Counter(_text(one) for one in pipeline.execute() if one)


def _keys(client: redis.Redis, pattern: str) -> Iterator[bytes]:
    cursor = 0
    for _ in range(_LOOKS):
        answer: Any = client.scan(cursor, match=pattern, count=_KEYS)
        cursor, keys = answer
        yield from keys
        if cursor == 0:
            return


def _noted(client: redis.Redis, prefix: str, entity_type: str, fingerprint: str) -> Mapping[str, str]:
    found: Any = client.hgetall(specs_key(prefix, entity_type, fingerprint))
    return {_text(name): _text(one) for name, one in found.items()}


def _text(raw: bytes | str) -> str:
    return raw if isinstance(raw, str) else raw.decode(errors="replace")
