"""Builds definitions by hand: the sources `orders` and `logins`, and features over them given as mappings."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import yaml

from dataflows.definitions.loader import Definitions, load

SECOND, MINUTE, HOUR, DAY = 1_000, 60_000, 3_600_000, 86_400_000

ORDER_COLUMNS = {
    "event_type": "STRING",
    "user_id": "STRING",
    "item_id": "STRING",
    "category": "STRING",
    "quantity": "INT64",
    "amount": "DOUBLE",
    "gift": "BOOL",
    "country": "STRING",
    "timestamp": "INT64",
}
ORDERS = {
    "source": "orders",
    "topic": "persistent://public/default/raw-order-events",
    "format": "json",
    "columns": ORDER_COLUMNS,
    "required": ["event_type", "timestamp"],
    "event_time": {"column": "timestamp", "unit": "ms"},
    "entities": ["user_id", "item_id"],
    "unknown_fields": "ignore",
    "max_future": "5m",
}
LOGINS = {
    "source": "logins",
    "topic": "persistent://public/default/raw-login-events",
    "format": "json",
    "columns": {
        "event_type": "STRING",
        "user_id": "STRING",
        "device": "STRING",
        "ip": "STRING",
        "country": "STRING",
        "timestamp": "INT64",
    },
    "required": ["event_type", "timestamp"],
    "event_time": {"column": "timestamp", "unit": "ms"},
    "entities": ["user_id"],
    "unknown_fields": "ignore",
    "max_future": "5m",
}
SOURCES = {"orders": ORDERS, "logins": LOGINS}
ENTITY_SOURCES = {"user_id": ("orders", "logins"), "item_id": ("orders",)}


def write(path: Path, document: Mapping[str, object]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(yaml.dump(dict(document), Dumper=yaml.CSafeDumper, sort_keys=False), encoding="utf-8")


PLAIN = {
    "version": 1,
    "owner": "tests@example.com",
    "description": "By hand",
    "entity_id": "user_id",
    "topic_name": "persistent://public/default/feature-user",
    "tags": ["test"],
}


def by_hand(folder: Path, **features: Mapping[str, object]) -> Definitions:
    """Returns definitions of these features of a user over the orders source."""
    write(folder / "sources" / "orders.yaml", ORDERS)
    for name, feature in features.items():
        write(folder / "user" / f"{name}.yaml", {"feature_name": name, **PLAIN, **feature})
    return load(folder)


def over_sources(
    folder: Path, sources: Sequence[Mapping[str, object]] = (ORDERS,), **features: Mapping[str, object]
) -> Definitions:
    """Returns definitions of these features over some sources, those of an entity on a topic of its own."""
    for source in sources:
        write(folder / "sources" / f"{source['source']}.yaml", source)
    for name, feature in features.items():
        topic = {"topic_name": f"persistent://public/default/feature-{feature.get('entity_id', 'user_id')}"}
        write(folder / "features" / f"{name}.yaml", {"feature_name": name, **PLAIN, **topic, **feature})
    return load(folder)
