"""Describes the faults of the demo: single faulty events, and a price feed that fails for a while."""

from dataclasses import dataclass, fields

MINUTE_MS = 60_000


@dataclass(frozen=True, slots=True)
class Faults:
    """Shares (0 to 1) of events with realistic faults: late, duplicate, from a wrong clock, broken."""

    late: float = 0.02
    duplicate: float = 0.005
    future: float = 0.0005
    cut: float = 0.001
    wrong_type: float = 0.001
    no_time: float = 0.0005


FAULTS = tuple(field.name for field in fields(Faults))


@dataclass(frozen=True, slots=True)
class PriceFault:
    """A price feed fails: amounts of one country are `factor` times too large, from `after_ms` on for a while."""

    country: str = "JP"
    factor: float = 10.0
    after_ms: int = 5 * MINUTE_MS // 2
    length_ms: int = 3 * MINUTE_MS
