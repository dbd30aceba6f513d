"""Seeded random definitions over two sources: every aggregation, windows from 5 s to 3 d and lifetime."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np

from dataflows.definitions.loader import Definitions, load
from tests.support.factories.definitions import DAY, ENTITY_SOURCES, HOUR, MINUTE, SECOND, SOURCES, write
from tests.support.generators.choices import one_of

HOPS = (SECOND, 5 * SECOND, 10 * SECOND, MINUTE, 5 * MINUTE, HOUR, 6 * HOUR, DAY)


DEFAULTED = (30 * SECOND, MINUTE, HOUR, 6 * HOUR, DAY, 2 * DAY, 3 * DAY)


SHORTEST, LONGEST = 5 * SECOND, 3 * DAY


FILTERS: dict[str, tuple[str | None, ...]] = {
    "orders": (
        None,
        "event_type = 'payment_success'",
        "event_type <> 'refund' AND amount > 0",
        "amount IS NULL OR amount < 0",
        "category IN ('toys', 'books')",
        "NOT gift",
        "country = 'GB' OR quantity > 2",
    ),
    "logins": (None, "event_type = 'login_failed'", "country IS NOT NULL", "device = 'phone'"),
}


VALUES: dict[str, dict[str, tuple[str, ...]]] = {
    "orders": {
        "INT": ("quantity", "quantity * 2", "CASE WHEN gift THEN 1 ELSE 0 END"),
        "REAL": ("amount", "amount / 7", "amount * quantity"),
        "BOOL": ("gift", "amount > 10"),
        "TEXT": ("category", "country", "item_id"),
    },
    "logins": {"INT": ("timestamp",), "TEXT": ("ip", "device", "country")},
}


FAMILIES = {"INT": ("INT64", "DOUBLE"), "REAL": ("DOUBLE",), "BOOL": ("BOOL",), "TEXT": ("STRING",)}


WHOLE = ("INT32", "INT64", "DOUBLE")


ANY, NUMBERS = ("INT", "REAL", "BOOL", "TEXT"), ("INT", "REAL")


TAKES = {
    "count": ANY,
    "sum": NUMBERS,
    "mean": NUMBERS,
    "std": NUMBERS,
    "var": NUMBERS,
    "min": NUMBERS,
    "max": NUMBERS,
    "first": ANY,
    "last": ANY,
    "distinct_count": ANY,
    "approx_distinct": ANY,
    "quantile": NUMBERS,
    "last_k": ANY,
    "time_since_last": ANY,
}


EXACT = frozenset(TAKES) - {"quantile", "approx_distinct"}


def duration(ms: int) -> str:
    """Returns milliseconds as the definitions write them: 90s, 5m, 6h, 3d."""
    unit, letter = next((u, c) for u, c in ((DAY, "d"), (HOUR, "h"), (MINUTE, "m"), (SECOND, "s")) if ms % u == 0)
    return f"{ms // unit}{letter}"


def definitions(rng: np.random.Generator, folder: Path, per_entity: int = 8, derived: bool = True) -> Definitions:
    """Returns random definitions over both sources, written under `folder` and loaded from there.

    Over the entities, every aggregation occurs before any occurs twice.
    """
    (folder / "sources").mkdir(parents=True)
    for name, source in SOURCES.items():
        write(folder / "sources" / f"{name}.yaml", source)
    turns = _turns(rng)
    for entity_id, sources in ENTITY_SOURCES.items():
        made = [_feature(rng, entity_id, next(turns), sources, place) for place in range(per_entity)]
        for feature in [*made, *(_ratios(entity_id, made) if derived else ())]:
            write(folder / entity_id.removesuffix("_id") / f"{feature['feature_name']}.yaml", feature)
    return load(folder)


def _turns(rng: np.random.Generator) -> Iterator[str]:
    while True:
        yield from rng.permutation(list(TAKES)).tolist()


def _feature(
    rng: np.random.Generator, entity_id: str, aggregation: str, sources: Sequence[str], place: int
) -> dict[str, object]:
    source = one_of(rng, [s for s in sources if VALUES[s].keys() & set(TAKES[aggregation])])
    kind = one_of(rng, [k for k in TAKES[aggregation] if k in VALUES[source]])
    condition = FILTERS[source][int(rng.integers(len(FILTERS[source])))]
    feature: dict[str, object] = {
        **_identity(entity_id, f"{entity_id.removesuffix('_id')}_{aggregation}_{place}"),
        "value_type": _value_type(rng, aggregation, kind),
        "source": source,
        "aggregation": aggregation,
        **_window(rng),
        **_options(rng, aggregation),
    }
    if aggregation not in ("count", "time_since_last") or rng.random() < 0.3:
        feature["value"] = one_of(rng, VALUES[source][kind])
    return feature if condition is None else {**feature, "filter": condition}


def _identity(entity_id: str, name: str) -> dict[str, object]:
    return {
        "feature_name": name,
        "version": 1,
        "owner": "tests@example.com",
        "description": f"Random feature {name}",
        "entity_id": entity_id,
        "topic_name": f"persistent://public/default/feature-{entity_id.removesuffix('_id')}",
        "tags": ["random"],
    }


def _value_type(rng: np.random.Generator, aggregation: str, kind: str) -> str:
    if aggregation in ("count", "time_since_last"):
        return one_of(rng, WHOLE)
    if aggregation in ("distinct_count", "approx_distinct"):
        return one_of(rng, WHOLE[:2])
    if aggregation in ("mean", "std", "var", "quantile"):
        return "DOUBLE"
    family = one_of(rng, FAMILIES[kind])
    return f"ARRAY<{family}>" if aggregation == "last_k" else family


def _window(rng: np.random.Generator) -> dict[str, object]:
    if rng.random() < 0.12:
        return {"window": "lifetime"}
    if rng.random() < 0.25:
        return {"window": duration(DEFAULTED[int(rng.integers(len(DEFAULTED)))])}
    hop = HOPS[int(rng.integers(len(HOPS)))]
    fewest, most = -(-SHORTEST // hop), min(30, LONGEST // hop)
    return {"window": duration(hop * int(rng.integers(fewest, most + 1))), "hop": duration(hop)}


def _options(rng: np.random.Generator, aggregation: str) -> dict[str, object]:
    if aggregation == "quantile":
        return {"quantile": float(rng.choice([0.05, 0.5, 0.9, 0.99])), "relative_error": 0.01}
    if aggregation == "last_k":
        return {"k": int(rng.integers(1, 9))}
    return {"precision": int(rng.integers(8, 15))} if aggregation == "approx_distinct" else {}


def _ratios(entity_id: str, features: Sequence[Mapping[str, object]]) -> Iterator[dict[str, object]]:
    """Yields one derived feature over two numeric ones, if there are two."""
    numeric = [f["feature_name"] for f in features if f["value_type"] in WHOLE and f["aggregation"] in EXACT]
    if len(numeric) >= 2:
        name = f"{entity_id.removesuffix('_id')}_ratio"
        expression = f"{numeric[0]} / (ABS({numeric[1]}) + 1)"
        yield {**_identity(entity_id, name), "value_type": "DOUBLE", "expression": expression}
