"""Models the cost of definitions before and after a change."""

from collections.abc import Iterator

import msgspec

from reports.moments import lasting


class Cost(msgspec.Struct, frozen=True, kw_only=True):
    """Processor time per event (us), state of an entity and its row in Redis (bytes), measured.

    State and rows are by entity type. Rows count keys, names and values, without Redis' own overhead.
    """

    event_us: float
    state_bytes: dict[str, int]
    row_bytes: dict[str, int]


class CostChange(msgspec.Struct, frozen=True, kw_only=True):
    """The cost before and after, None without features; `events` were generated to measure it.

    `retained` are the events that a replay of restarted features reads, 0 if none, None if unknown. `restart_s` is the
    duration of the run's last start.
    """

    before: Cost | None
    after: Cost | None
    events: int
    retained: int | None = None
    restart_s: float | None = None

    @property
    def replay_s(self) -> float | None:
        """Returns how long a replay takes in one process (s)."""
        return self.retained * self.after.event_us / 1e6 if self.retained and self.after else None


NOISE = 0.1
"""Relative difference below which processor times are about the same."""


def cost_words(change: CostChange) -> Iterator[str]:
    """Words the cost of an event and of an entity, one fact per line.

    >>> old = Cost(event_us=4.0, state_bytes={"user_id": 100}, row_bytes={"user_id": 50})
    >>> new = Cost(event_us=5.0, state_bytes={"user_id": 120}, row_bytes={"user_id": 50})
    >>> for line in cost_words(CostChange(before=old, after=new, events=1_000)): print(line)
    an event takes 5 us of a processor instead of 4 us, measured on 1,000 generated events
    an entity of user_id takes 120 bytes of state instead of 100, and 50 bytes of a row in Redis as before
    """
    old, new = change.before, change.after
    if new is None:
        return
    before = "" if old is None else _instead(new.event_us, old.event_us)
    yield f"an event takes {new.event_us:.3g} us of a processor{before}, measured on {change.events:,} generated events"
    for entity_id, size in new.state_bytes.items():
        state = _than(size, old.state_bytes.get(entity_id) if old else None)
        row = _than(new.row_bytes[entity_id], old.row_bytes.get(entity_id) if old else None)
        yield (
            f"an entity of {entity_id} takes {size:,} bytes of state{state}, "
            f"and {new.row_bytes[entity_id]:,} bytes of a row in Redis{row}"
        )
    if change.restart_s is not None:
        yield f"a restart takes about {lasting(change.restart_s * 1_000, 2)}, like the last start"
    if change.replay_s is not None:
        yield f"a replay of {change.retained:,} events takes about {lasting(change.replay_s * 1_000, 2)} in one process"


def _instead(us: float, before_us: float) -> str:
    if abs(us - before_us) <= NOISE * before_us:
        return f", about as before ({before_us:.3g} us)"
    return f" instead of {before_us:.3g} us"


def _than(size: int, before: int | None) -> str:
    if before is None:
        return ""
    return " as before" if size == before else f" instead of {before:,}"
