"""Records in Redis the definition of each feature under the fingerprint of all definitions, which rows carry.

A hash `{prefix}:_specs:{entity type}:{fingerprint}` holds the feature fingerprints once, so that rows carry only one.
"""

import redis

from dataflows.definitions import Definitions


def specs_key(prefix: str, entity_type: str, fingerprint: str) -> str:
    """
    >>> specs_key("headrace", "user", "ab12")
    'headrace:_specs:user:ab12'
    """
    return f"{prefix}:_specs:{entity_type}:{fingerprint}"


def written_by(definitions: Definitions, prefix: str) -> dict[str, dict[str, str]]:
    """Returns what a run records before its first row: by key, the fingerprint of each feature."""
    return {
        specs_key(prefix, features[0].entity_type, definitions.fingerprint): {
            feature.feature_name: feature.fingerprint for feature in features
        }
        for features in map(definitions.of_entity, definitions.entity_ids)
    }


def note_specs(client: redis.Redis, definitions: Definitions, prefix: str) -> None:
    """Records these definitions. Raises redis.RedisError."""
    with client.pipeline(transaction=False) as pipeline:
        for key, fingerprints in written_by(definitions, prefix).items():
            for name, fingerprint in fingerprints.items():
                pipeline.hset(key, name, fingerprint)
        pipeline.execute()
