"""Derives the key that identifies an alert in its topic, in Redis and for its receivers."""

import hashlib


def key_of(feature: str, rule: str, detail: str, onset_ms: int) -> str:
    """Derives the key of an incident (16 hexadecimal digits), which is the same in every replay."""
    text = "\n".join((feature, rule, detail, str(onset_ms)))
    return hashlib.blake2b(text.encode(), digest_size=8).hexdigest()
