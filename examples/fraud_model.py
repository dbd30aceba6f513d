"""Trains a model on the features of fraud_v1 and checks that the store serves the values it was trained on.

    headrace run                                                         # the demo, in another terminal
    HEADRACE_ARCHIVE=var/archive headrace archive                        # its events as Parquet
    HEADRACE_ARCHIVE=var/archive python examples/fraud_model.py

The model answers a question of the shop at checkout: will a payment of this user be refunded within three days? The
exit code is 1 if a served value differs from the training value at the same time, 2 if nothing can be compared.
"""

import argparse
import os
import sys
from collections.abc import Sequence
from math import isclose
from pathlib import Path
from typing import Any

import polars as pl
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.metrics import average_precision_score, roc_auc_score

from headrace import EntityAnswer, FeatureClient, HeadraceError, load, training_set

SET = "fraud_v1"
DAY_MS = 86_400_000
HORIZON_MS = 3 * DAY_MS  # how far a label looks ahead
HISTORY_MS = 7 * DAY_MS  # the least history behind a label
TEST_SHARE = 0.3
LABELS, ENTITIES = 20_000, 500
SEED = 7
ORDER = {"event_type": pl.String, "user_id": pl.String, "item_id": pl.String, "timestamp": pl.Int64}


def main(arguments: Sequence[str] | None = None) -> int:
    """Labels, trains, compares; returns the exit code."""
    options = _options(arguments)
    try:
        orders = read_orders(options.archive)
        labels = labels_of(orders)
        train(training_set(labels, set=SET, time="timestamp"), labels.columns)
        return 0 if compare(_client(options.store, options.prefix), orders) else 1
    except (HeadraceError, LookupError) as error:
        print(f"fraud_model: {error}", file=sys.stderr)
        return 2


def read_orders(archive: str) -> pl.DataFrame:
    """Reads the archived orders of signed-in users, by time; leaves out unreadable events, as a live run does.

    Raises LookupError if there are none.
    """
    folder = Path(archive, "public", "default", "raw-order-events")
    if not any(folder.glob("*/*.parquet")):
        raise LookupError(f"{folder} contains no archived orders; run: HEADRACE_ARCHIVE={archive} headrace archive")
    payload = pl.read_parquet(folder / "*" / "*.parquet", columns=["payload"]).select(pl.first().cast(pl.String))
    orders = payload.select(
        pl.first().str.json_path_match(f"$.{name}").cast(kind, strict=False).alias(name) for name, kind in ORDER.items()
    )
    return orders.drop_nulls().sort("timestamp")


def labels_of(orders: pl.DataFrame) -> pl.DataFrame:
    """Makes a row for each purchase: user, item, time, and whether a refund of the user followed within the horizon.

    The time is that of the purchase, so the features cover only what came before it. Raises LookupError if no purchase
    has enough history before it and enough future after it.
    """
    refund, paid = pl.col("event_type") == "refund", pl.col("event_type") == "payment_success"
    refunds = orders.filter(refund).select("user_id", "timestamp", refunded_at="timestamp")
    following = orders.filter(paid).join_asof(
        refunds, on="timestamp", by="user_id", strategy="forward", allow_exact_matches=False, check_sortedness=False
    )
    ahead = pl.col("refunded_at") - pl.col("timestamp")
    labels = following.select("user_id", "item_id", "timestamp", refunded=(ahead <= HORIZON_MS).fill_null(False))
    times = orders["timestamp"].to_list()
    labels = labels.filter(pl.col("timestamp").is_between(times[0] + HISTORY_MS, times[-1] - HORIZON_MS))
    if labels.is_empty():
        raise LookupError("the archived orders span less than ten days: no purchase has enough history")
    return labels.sample(min(LABELS, labels.height), seed=SEED).sort("timestamp")


def train(table: pl.DataFrame, spine: Sequence[str]) -> None:
    """Fits a model to the earlier rows and prints its performance on the later ones.

    A horizon without rows separates them, so that no training label looks into the test.
    """
    features = [name for name in table.columns if name not in spine]
    cut = table["timestamp"].to_list()[int(table.height * (1 - TEST_SHARE))]
    earlier = table.filter(pl.col("timestamp") < cut - HORIZON_MS)
    later = table.filter(pl.col("timestamp") >= cut)
    if min(part["refunded"].n_unique() for part in (earlier, later)) < 2:
        raise LookupError("the training or test period has no refunds, or only refunds: the shop needs more history")
    model = HistGradientBoostingClassifier(max_leaf_nodes=7, learning_rate=0.05, max_iter=60, random_state=SEED)
    model.fit(_matrix(earlier, features), earlier["refunded"].to_numpy())
    scores, truth = model.predict_proba(_matrix(later, features))[:, 1], later["refunded"].to_numpy()
    print(f"trained on {earlier.height:,} purchases x {len(features)} features, tested on {later.height:,} later ones")
    print(f"AUC {roc_auc_score(truth, scores):.3f}; chance level 0.500")
    print(f"average precision {average_precision_score(truth, scores):.3f}; base rate {truth.mean():.3f}\n")


def compare(client: FeatureClient, orders: pl.DataFrame) -> bool:
    """Compares served rows with a training set at their `as_of`, prints a table, and returns whether all are equal."""
    with client:
        differences = [_differences(client, kind, orders[f"{kind}_id"]) for kind in ("user", "item")]
    table = pl.concat(differences)
    by_feature = table.group_by("feature", maintain_order=True).agg(
        compared=pl.len(), different=(~pl.col("equal")).sum(), warming=pl.col("warming").sum()
    )
    with pl.Config(tbl_rows=-1, tbl_hide_dataframe_shape=True, tbl_hide_column_data_types=True, fmt_str_lengths=60):
        print(by_feature)
        wrong = table.filter(~pl.col("equal"))
        if not wrong.is_empty():
            print(wrong.drop("equal", "warming").head(20))
    same = table.height - wrong.height
    print(f"{same:,} of {table.height:,} served values equal the training values at the same time")
    return wrong.is_empty()


def _differences(client: FeatureClient, kind: str, ids: pl.Series) -> pl.DataFrame:
    """Returns a row for each feature of each sampled entity: served, trained, equal.

    Leaves out an entity whose row changed while the training set was made, because an event arrived in between.
    """
    sample = ids.unique().sort().sample(min(ENTITIES, ids.n_unique()), seed=SEED).to_list()
    before = _served(client, kind, sample)
    if not before:
        raise LookupError(
            f"the store contains none of {len(sample)} {kind}s; start headrace run, or run: headrace replay"
        )
    spine = pl.DataFrame({f"{kind}_id": list(before), "as_of": [answer["as_of"] for answer in before.values()]})
    features = list(next(iter(before.values()))["features"])
    trained = training_set(spine, entity=f"{kind}_id", time="as_of", features=features)
    after = _served(client, kind, sample)
    rows = [
        _compared(before[row[f"{kind}_id"]], name, row[name])
        for row in trained.iter_rows(named=True)
        if _holds(before[row[f"{kind}_id"]], after.get(row[f"{kind}_id"]))
        for name in features
    ]
    if not rows:
        raise LookupError(f"each of {len(before)} {kind}s had an event in the meantime; run the shop at a lower rate")
    return pl.DataFrame(rows)


def _served(client: FeatureClient, kind: str, ids: Sequence[str]) -> dict[str, EntityAnswer]:
    answers = client.get_many(kind, ids, set=SET)
    return {answer["id"]: answer for answer in answers if answer is not None and "error" not in answer}


def _holds(before: EntityAnswer, after: EntityAnswer | None) -> bool:
    return after is not None and (before["as_of"], before["features"]) == (after["as_of"], after["features"])


def _compared(answer: EntityAnswer, name: str, trained: Any) -> dict[str, Any]:
    """Returns one served value beside the training value. A feature that is warming up has not seen the same events."""
    served, warming = answer["features"][name], name in answer["warming"]
    return {
        "feature": name,
        "entity": answer["id"],
        "as_of": answer["as_of"],
        "served": str(served),
        "trained": str(trained),
        "warming": warming,
        "equal": warming or _equal(served, trained),
    }


def _equal(served: Any, trained: Any) -> bool:
    """Compares integers, texts and missing values exactly; other numbers within 1e-9, as they may be added in another
    order."""
    if isinstance(served, float) and isinstance(trained, float):
        return isclose(served, trained, rel_tol=1e-9, abs_tol=1e-9)
    return type(served) is type(trained) and served == trained


def _matrix(table: pl.DataFrame, features: Sequence[str]) -> Any:
    """Returns the numbers for the model, missing ones as NaN."""
    return table.select(pl.col(features).cast(pl.Float64)).to_numpy()


def _client(store: str, prefix: str) -> FeatureClient:
    if store.startswith("http"):
        return FeatureClient(store)
    return FeatureClient(store, definitions=load(os.environ.get("HEADRACE_SPECS", "feature_specs")), prefix=prefix)


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Train a fraud model and compare served values with training values.")
    parser.add_argument(
        "--archive", default=os.environ.get("HEADRACE_ARCHIVE", "var/archive"), help="folder of archived events"
    )
    parser.add_argument("--store", default="http://localhost:8080", help="headrace serve, or redis://host:port/db")
    parser.add_argument("--prefix", default="headrace", help="prefix of the keys in Redis")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
