"""The shop of a play: its definitions, and the values of its features."""

from pathlib import Path

import polars as pl

from dataflows.definitions import Definitions, load
from tests.support.factories.definitions import LOGINS, MINUTE, ORDERS, PLAIN, SECOND, write
from tests.support.generators.seeds import ALL_SEEDS, SEEDS, seeds

START = 1_767_276_000_000  # 2026-01-01T14:00:00Z
STEP = 5 * SECOND
WINDOW = 10 * MINUTE
FEATURES: dict[str, dict[str, dict[str, object]]] = {
    "orders": {
        "spend_10m": {"aggregation": "sum", "value": "amount", "value_type": "DOUBLE"},
        "mean_amount_10m": {"aggregation": "mean", "value": "amount", "value_type": "DOUBLE"},
        "orders_10m": {"aggregation": "count", "value_type": "INT64"},
        "last_amount": {
            "aggregation": "last",
            "value": "amount",
            "value_type": "DOUBLE",
            "validation_rules": [{"rule": "not_null"}],
        },
        "last_country": {"aggregation": "last", "value": "country", "value_type": "STRING"},
    },
    "logins": {"logins_10m": {"aggregation": "count", "value_type": "INT64"}},
}


def shop(folder: Path, **changed: dict[str, object]) -> Definitions:
    """Defines features over orders and logins, and one derived from both; `changed` changes keys of some of them."""
    write(folder / "sources" / "orders.yaml", ORDERS)
    write(folder / "sources" / "logins.yaml", LOGINS)
    for source, features in FEATURES.items():
        for name, feature in features.items():
            made: dict[str, object] = {"feature_name": name, **PLAIN, "source": source, "window": "10m", **feature}
            write(folder / "user" / f"{name}.yaml", made | dict(changed.get(name, {})))
    derived = {"expression": "orders_10m / logins_10m", "value_type": "DOUBLE"}
    write(folder / "user" / "orders_a_login.yaml", {"feature_name": "orders_a_login", **PLAIN, **derived})
    return load(folder)


def features_of(orders: pl.DataFrame, logins: pl.DataFrame) -> dict[str, pl.Series]:
    """Returns the values of all features over the events of a window, for the users with an event in it."""
    by_user = orders.group_by("user_id", maintain_order=True).agg(
        spend_10m=pl.col("amount").sum(),
        mean_amount_10m=pl.col("amount").mean(),
        orders_10m=pl.len(),
        last_amount=pl.col("amount").last(),
        last_country=pl.col("country").last(),
    )
    logged = logins.group_by("user_id", maintain_order=True).agg(logins_10m=pl.len())
    both = by_user.join(logged, on="user_id", how="full", coalesce=True)
    ratio = both.select((pl.col("orders_10m") / pl.col("logins_10m")).alias("orders_a_login"))["orders_a_login"]
    columns = {name: by_user[name] for name in by_user.columns if name != "user_id"}
    return {**columns, "logins_10m": logged["logins_10m"], "orders_a_login": ratio}


def step_of(fine_ms: int) -> int:
    """Returns the step of a play (ms): as fine as given on all seeds, three times as long on a part of them.

    The cost of a play is that of its steps; what it finds hardly depends on their length.
    """
    return fine_ms if SEEDS >= ALL_SEEDS else 3 * fine_ms


def watched(minutes: int) -> int:
    """Returns how long (ms) no further alert may be sent: the minutes on all seeds, fewer on a part of them."""
    return len(seeds(minutes)) * MINUTE
