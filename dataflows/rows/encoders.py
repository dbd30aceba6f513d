"""Encodes feature rows for the outputs: Redis hashes of plain text, and one JSON record per row and topic."""

import re
from collections.abc import Sequence

import polars as pl

from connectors.messages import Outgoing
from connectors.redis.endpoints import HashWrites
from dataflows.definitions import Feature
from dataflows.rows.assembler import FeatureRows


class HashEncoder:
    """Encodes rows of one entity type as Redis hashes; every feature is a field of plain text, null is no field."""

    def __init__(self, prefix: str, features: Sequence[Feature], fingerprint: str) -> None:
        self._entity_id = features[0].entity_id
        self._columns = [
            (pl.lit(f"{prefix}:{features[0].entity_type}:") + pl.col("_id")).alias("_id"),
            pl.col("_warming"),
            pl.col("_quarantined"),
            pl.lit(fingerprint).alias("_spec"),
            *[_text(feature).alias(feature.feature_name) for feature in features],
        ]
        self._ttl_ms = time_to_live(features)

    def __call__(self, rows: FeatureRows) -> HashWrites:
        """Returns the hash writes for these rows."""
        frame, texts = rows.frame, rows.frame.select_seq(self._columns)
        return HashWrites(
            keys=texts.drop_in_place("_id"),
            as_of=frame["_as_of"],
            seq=frame["_seq"],
            gone=frame["_gone"],
            fields=texts,
            ttl_ms=self._ttl_ms,
            published_ms=rows.published_ms,
            entity_id=self._entity_id,
        )


class RecordEncoder:
    """Encodes rows as the records of one feature topic: JSON, keyed by entity id."""

    def __init__(self, entity_id: str, features: Sequence[Feature]) -> None:
        self._record = pl.struct(
            pl.col("_id").alias(entity_id),
            pl.col("_as_of").alias("as_of"),
            pl.col("_seq").alias("seq"),
            pl.col("_gone").alias("gone"),
            pl.col("_warming").str.split(",").alias("warming"),
            pl.col("_quarantined").str.split(",").alias("quarantined"),
            *[_json(feature).alias(feature.record_field) for feature in features],
        )

    def __call__(self, rows: FeatureRows) -> Outgoing:
        """Returns one message per row."""
        records = rows.frame.select_seq(self._record.struct.json_encode().cast(pl.Binary)).to_series()
        return Outgoing(rows.frame["_id"].to_list(), records.to_list())


def time_to_live(features: Sequence[Feature]) -> int | None:
    """Returns how long a row outlives its last update: its longest window and two hops (ms); None keeps it forever."""
    windows = [(f.window_ms, f.hop_ms) for f in features if f.expression is None]
    if any(window == 0 for window, _ in windows):
        return None
    return max(window + 2 * hop for window, hop in windows)


def record_name(topic: str) -> str:
    """Returns a record name for a feature topic that Avro accepts.

    >>> record_name("persistent://public/default/feature-user_profile"), record_name("feature:1=x")
    ('FeatureUserProfile', 'Feature_1_x')
    """
    name = "".join(word.capitalize() for word in topic.rsplit("/", 1)[-1].replace("-", "_").split("_"))
    if _AVRO_NAME.fullmatch(name):
        return name
    plain = re.sub(r"\W", "_", name, flags=re.ASCII)
    return plain if not plain[:1].isdigit() else f"_{plain}"


def avro_record(name: str, entity_id: str, features: Sequence[Feature]) -> dict[str, object]:
    """Returns the Avro schema of a feature topic's record: nullable fields with defaults, so that features can be
    added."""
    fields: list[dict[str, object]] = [
        {"name": entity_id, "type": "string"},
        {"name": "as_of", "type": "long"},
        {"name": "seq", "type": "long"},
        {"name": "gone", "type": "boolean", "default": False},
        {"name": "warming", "type": ["null", {"type": "array", "items": "string"}], "default": None},
        {"name": "quarantined", "type": ["null", {"type": "array", "items": "string"}], "default": None},
    ]
    for feature in features:
        nullable = ["null", _avro(feature.value_type)]
        fields.append({"name": feature.record_field, "type": nullable, "default": None, "doc": feature.description})
    return {"type": "record", "name": name, "fields": fields}


_AVRO_NAME = re.compile(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)*", re.ASCII)
_AVRO: dict[str, object] = {
    "STRING": "string",
    "INT32": "int",
    "INT64": "long",
    "FLOAT": "float",
    "DOUBLE": "double",
    "BOOL": "boolean",
    "TIMESTAMP": {"type": "long", "logicalType": "timestamp-millis"},
}


def _avro(value_type: str) -> object:
    if value_type.startswith("ARRAY<"):
        return {"type": "array", "items": _AVRO[value_type.removeprefix("ARRAY<").removesuffix(">")]}
    return _AVRO[value_type]


def _json(feature: Feature) -> pl.Expr:
    """Converts a value to its form in the record: times are ms since 1970."""
    column = pl.col(feature.feature_name)
    if feature.value_type == "TIMESTAMP":
        return column.dt.epoch("ms")
    if feature.value_type == "ARRAY<TIMESTAMP>":
        return column.cast(pl.List(pl.Int64))
    return column


def _text(feature: Feature) -> pl.Expr:
    """Converts a value to plain text: numbers as they are, times in ISO 8601 (UTC), lists as JSON."""
    column = pl.col(feature.feature_name)
    if feature.value_type == "TIMESTAMP":
        return column.dt.strftime("%Y-%m-%dT%H:%M:%S%.3fZ")
    if feature.value_type.startswith("ARRAY<"):
        wrapped = pl.struct(_json(feature).alias("v")).struct.json_encode()
        return pl.when(column.is_not_null()).then(wrapped.str.slice(5, wrapped.str.len_chars() - 6))
    return column.cast(pl.String)
