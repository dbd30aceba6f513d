"""Limits the size of an event, its ids and its texts, and defines whether an id may be empty."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class EventLimits:
    """Most bytes of a payload, of an entity id and of a text that a feature keeps; whether "" is an id."""

    event_bytes: int = 1_000_000
    id_bytes: int = 1_024
    text_bytes: int = 65_536
    empty_id: bool = False


def too_long(name: str, size: int, setting: str, limit: int) -> str:
    """Words that a value is too long; `setting` is the variable that limits it.

    >>> too_long("user_id", 2_400, "HEADRACE_MAX_ID_BYTES", 1_024)
    'user_id has 2,400 bytes; expected at most 1,024 (HEADRACE_MAX_ID_BYTES)'
    """
    return f"{name} has {size:,} bytes; expected at most {limit:,} ({setting})"
