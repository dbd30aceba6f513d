"""Data sets of a small shop: its definitions, its events, and requests for values at past times."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa

from dataflows.definitions import Definitions, load
from dataflows.history.datasets.builder import DatasetBuilder
from dataflows.history.datasets.manifest import Manifest
from dataflows.history.datasets.questions import KeyedSpine, SpineColumns, select
from dataflows.history.datasets.questions.definition_copies import texts_of
from dataflows.history.datasets.request import DatasetRequest, sha256_of
from dataflows.history.datasets.spine import Spine, TableSpine, open_spine
from dataflows.history.datasets.table import ValueMode
from dataflows.history.job import Job
from tests.support.factories.definitions import DAY, HOUR, LOGINS, ORDERS, PLAIN, write
from tests.support.oracle.answered_history import AnsweredHistory
from tests.support.oracle.event_facts import Arrival

NOON = 1_767_268_800_000  # 2026-01-01T12:00:00Z
ORDER = {"aggregation": "sum", "source": "orders", "value": "amount", "value_type": "DOUBLE"}
USER: Mapping[str, Mapping[str, Any]] = {
    "user_spend_1h": {**ORDER, "window": "1h"},
    "user_orders_1d": {"aggregation": "count", "source": "orders", "value_type": "INT64", "window": "1d"},
    "user_mean_1d": {"expression": "user_spend_1d / user_orders_1d", "value_type": "DOUBLE"},
    "user_spend_1d": {**ORDER, "window": "1d"},
    "user_last_country": {
        "aggregation": "last", "source": "orders", "value": "country", "value_type": "STRING", "window": "1d"
    },
    "user_last_amounts": {
        "aggregation": "last_k", "k": 3, "source": "orders", "value": "amount", "value_type": "ARRAY<DOUBLE>",
        "window": "1d",
    },
}  # fmt: skip
ITEM: Mapping[str, Mapping[str, Any]] = {
    "item_sold": {"aggregation": "sum", "source": "orders", "value": "quantity", "value_type": "INT64", "window": "1d"},
}
IN_ITEM = {"entity_id": "item_id", "topic_name": "persistent://public/default/feature-item"}


def shop_definitions(folder: Path) -> Definitions:
    """Writes features of users and items over orders as files."""
    write(folder / "sources" / "orders.yaml", ORDERS)
    write(folder / "sources" / "logins.yaml", LOGINS)
    for name, feature in USER.items():
        write(folder / "user" / f"{name}.yaml", {"feature_name": name, **PLAIN, **feature})
    for name, feature in ITEM.items():
        write(folder / "item" / f"{name}.yaml", {"feature_name": name, **PLAIN, **IN_ITEM, **feature})
    return load(folder)


def order(user: str, time_ms: int, amount: float = 1.0, item: str = "i1", **more: object) -> Arrival:
    """Returns an order at a time (ms)."""
    made = {"event_type": "payment_success", "user_id": user, "item_id": item, "amount": amount, "quantity": 1}
    return "orders", {**made, "country": "DE", "timestamp": time_ms, **more}


def on_time(*events: Arrival) -> AnsweredHistory:
    """Returns a history whose events were published when they happened."""
    return AnsweredHistory(events, [int(str(event["timestamp"])) for _, event in events])


@dataclass(frozen=True, slots=True)
class Shop:
    """Definitions in a folder with a history, and a place for jobs."""

    specs: Path
    var: Path
    history: AnsweredHistory

    @property
    def definitions(self) -> Definitions:
        return load(self.specs)

    def request(
        self,
        spine: Spine,
        *,
        time: str = "time",
        entities: Sequence[str] = ("user_id",),
        features: Sequence[str] = (),
        mode: ValueMode = "true",
        lag_ms: int = 0,
        unit: Any = "auto",
    ) -> DatasetRequest:
        """Returns a request over a spine."""
        selection = select(self.definitions, entities, features)
        keyed = KeyedSpine(spine, SpineColumns(time, selection.columns, unit))
        texts = texts_of(self.specs, selection.definitions)
        return DatasetRequest(selection, texts, keyed, sha256_of(keyed), mode, lag_ms)

    def builder(self, request: DatasetRequest) -> DatasetBuilder:
        """Returns the builder of a request."""
        return DatasetBuilder(Job(request.folder(self.var), shards=8), self.history, lambda: NOON)

    def table(self, spine: pa.Table, **how: Any) -> pa.Table:
        """Builds a data set in memory."""
        request = self.request(TableSpine(spine), **how)
        return self.builder(request).to_table(request)

    def file(self, spine: Path, out: Path, columns: Sequence[str] = ("user_id", "time"), **how: Any) -> Manifest:
        """Builds a data set from a file to a file."""
        request = self.request(open_spine(spine, columns), **how)
        return self.builder(request).to_file(request, out)


def shop_in(folder: Path, history: AnsweredHistory) -> Shop:
    """Creates the shop in a folder."""
    shop_definitions(folder / "specs")
    return Shop(folder / "specs", folder / "var", history)


__all__ = ["DAY", "HOUR", "NOON", "Shop", "on_time", "order", "shop_definitions", "shop_in"]
