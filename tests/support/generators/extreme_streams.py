"""Every aggregation over integers and doubles, as every type it returns, and streams at the limits of both."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np

from dataflows.aggregations.catalogue import AGGREGATIONS
from dataflows.definitions.loader import Definitions
from dataflows.kernels.opcodes import ValueKind
from tests.support.factories.definitions import by_hand
from tests.support.generators.seeds import rng_of
from tests.support.oracle.event_facts import Arrival, Event
from tests.support.oracle.scenarios import World

START = 1_767_225_600_000
STEP = 20_000
WINDOWS: Mapping[str, Mapping[str, str]] = {"recent": {"window": "5m", "hop": "1m"}, "ever": {"window": "lifetime"}}
COLUMNS = {ValueKind.INT: "quantity", ValueKind.REAL: "amount"}
OPTIONS: Mapping[str, Mapping[str, object]] = {"last_k": {"k": 3}, "quantile": {"quantile": 0.5}}
WHOLE: Sequence[Sequence[int]] = (
    (2**63 - 1, 2**63 - 2, 1),
    (-(2**63), 2**63 - 1, 0),
    (2**62, -(2**62), 2**62),
    (2**31, 2**31 - 1, -(2**31), -(2**31) - 1),
    (1_767_225_600_123_456_789, 1_767_225_600_123_456_790, 1_767_225_600_123_456_800),
    (2**53, 2**53 + 1, -1),
)
REAL: Sequence[Sequence[float]] = (
    (1.7e308, 1.5e308),
    (1.7e308, -1.7e308, 1.0),
    (-0.0, 0.0, 5e-324, -5e-324),
    (3.4e38, 3.5e38, -3.4028235677973366e38, 3.4028234663852886e38),
    (1e154, 1e-154, 1e155),
    (1_767_225_600_123_456_768.0, 1_767_225_600_123_457_024.0, 1_767_225_600_123_457_280.0),
    (1.5, 2.25, -7.0),
)


def everything(folder: Path) -> Definitions:
    """Returns the definitions of all of them."""
    return by_hand(folder, **dict(_features()))


def _features() -> Iterator[tuple[str, Mapping[str, object]]]:
    for name, aggregation in AGGREGATIONS.items():
        for kind in sorted(aggregation.takes & COLUMNS.keys()):
            for value_type in sorted(aggregation.gives(kind)):
                for words, window in WINDOWS.items():
                    plain = value_type.lower().strip(">").replace("<", "_of_")
                    asked = {"aggregation": name, "value": COLUMNS[kind], "value_type": value_type, "source": "orders"}
                    yield f"{name}_{kind.lower()}_{plain}_{words}", {**asked, **window, **OPTIONS.get(name, {})}


def extreme(seed: int, folder: Path, rows: int, mean_rows: int) -> World:
    """Returns all of them over a stream of some users, each of which repeats some values for a while."""
    rng = rng_of(seed)
    arrivals = [("orders", event) for event in _events(rng, rows)]
    cuts = np.flatnonzero(rng.random(rows) < 1 / mean_rows).tolist()
    batches: list[list[Arrival]] = [arrivals[a:b] for a, b in zip([0, *cuts], [*cuts, rows], strict=True) if a < b]
    return World(everything(folder / f"extremes-{seed}"), batches, rng)


def _events(rng: np.random.Generator, rows: int) -> list[Event]:
    moods: dict[str, tuple[int, int]] = {}
    events: list[Event] = []
    for row in range(rows):
        user = f"u{int(rng.integers(4))}"
        if user not in moods or rng.random() < 0.15:
            moods[user] = int(rng.integers(len(WHOLE))), int(rng.integers(len(REAL)))
        pools = WHOLE[moods[user][0]], REAL[moods[user][1]]
        whole, real = (pool[int(rng.integers(len(pool)))] for pool in pools)
        time = START + row * STEP - int(rng.integers(3)) * STEP
        order = {"event_type": "payment_success", "user_id": user, "timestamp": time}
        events.append({**order, "quantity": whole, "amount": real})
    return events
