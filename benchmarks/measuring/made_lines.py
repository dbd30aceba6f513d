"""Makes order lines shaped like the retail data set, for machines without it: the same seed, the same lines.

Invoices of about twenty lines share one time and spread over a year; users and items follow Zipf's law, a quarter of
the lines have no user, one in fifty is a return. Results mark figures measured on them.
"""

import numpy as np
import polars as pl

USERS, ITEMS, COUNTRIES = 4_372, 4_070, 38
LINES_PER_INVOICE = 21
START_MS, YEAR_MS = 1_291_192_000_000, 373 * 86_400_000
SEED = 541_909


def events(rows: int) -> pl.DataFrame:
    """Returns `rows` order events by time, with a column for each field of the payload."""
    chance = np.random.default_rng(SEED)
    invoice = np.arange(rows) // LINES_PER_INVOICE
    invoices = int(invoice[-1]) + 1 if rows else 0
    users, known = _zipf(chance, USERS, invoices), chance.random(invoices) >= 0.25
    quantity = np.maximum(1, chance.lognormal(1.2, 1.2, rows)).astype(np.int64) * _signs(chance, rows)
    price = np.round(chance.lognormal(0.8, 0.9, rows), 2)
    return pl.DataFrame(
        {
            "event_type": np.where(quantity > 0, "payment_success", "refund"),
            "user_id": pl.Series(users + 12_346).cast(pl.String).set(~pl.Series(known), None).gather(invoice),
            "item_id": pl.Series(_zipf(chance, ITEMS, rows) + 10_000).cast(pl.String),
            "quantity": quantity,
            "amount": quantity * price,
            "country": pl.Series(_zipf(chance, COUNTRIES, invoices)).cast(pl.String).gather(invoice),
            "timestamp": np.sort(START_MS + chance.integers(0, YEAR_MS // 60_000, invoices) * 60_000)[invoice],
        }
    )


def _zipf(chance: np.random.Generator, many: int, rows: int) -> np.ndarray:
    """Returns numbers below `many`, a few of them most of the time."""
    weights = 1 / (np.arange(many) + 10.0) ** 0.8
    return chance.choice(many, rows, p=weights / weights.sum())


def _signs(chance: np.random.Generator, rows: int) -> np.ndarray:
    return np.where(chance.random(rows) < 0.02, -1, 1)
