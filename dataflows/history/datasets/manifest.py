"""Describes how a data set was made: enough to make it again, and to check whether it would come out the same."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec
import pyarrow as pa
import pyarrow.parquet as pq

from connectors.errors import UNDECODABLE
from dataflows.history.datasets.errors import DatasetError
from dataflows.history.datasets.spine.reading import PARQUET
from dataflows.history.datasets.table import FeatureLeakage, ValueMode
from dataflows.quality.training_references import MANIFEST_KEY

KEY = MANIFEST_KEY
SUFFIX = ".manifest.json"
FORMAT = 1


class _Format(msgspec.Struct):
    format: int = FORMAT


class DatasetTerms(msgspec.Struct, frozen=True, kw_only=True):
    """The request: which columns hold ids and times, and how values are taken."""

    entities: dict[str, str]
    time: str
    time_unit: str = "auto"
    features: tuple[str, ...]
    feature_set: str | None = None
    mode: ValueMode = "true"
    lag_ms: int = 0
    ticks: tuple[int, ...] = ()


class SpineOrigin(msgspec.Struct, frozen=True, kw_only=True):
    """The place of the spine, and its SHA-256."""

    place: str
    sha256: str
    columns: tuple[str, ...]


class FeatureOrigin(msgspec.Struct, frozen=True, kw_only=True):
    """A feature as it was when the data set was made."""

    feature: str
    version: int
    fingerprint: str
    entity_id: str
    value_type: str
    deprecated: dict[str, str] = {}


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """The stored description of a data set. `history` holds the sources and positions that were read.

    `leakage` shows where known values differ from the values that all events give; `skew`, in the mode `served`, where
    served values do.
    """

    format: int = FORMAT
    code_version: str
    created: str
    asked: DatasetTerms
    spine: SpineOrigin
    features: tuple[FeatureOrigin, ...]
    fingerprint: str
    definitions: dict[str, str]
    history: dict[str, Any] = {}
    rows: int
    content_hash: str
    profile: dict[str, Any] = {}
    leakage: tuple[FeatureLeakage, ...] = ()
    skew: tuple[FeatureLeakage, ...] = ()
    notes: tuple[str, ...] = ()

    def text(self) -> str:
        """Formats the manifest as JSON for people."""
        return msgspec.json.format(msgspec.json.encode(self), indent=2).decode()

    def metadata(self) -> Mapping[str, str]:
        """Encodes the manifest as metadata of a Parquet file."""
        return {KEY: msgspec.json.encode(self).decode()}


def manifest_path(dataset: Path) -> Path:
    """Returns the manifest file beside a data set.

    >>> manifest_path(Path("train.parquet")).name
    'train.parquet.manifest.json'
    """
    return dataset.with_name(dataset.name + SUFFIX)


def read_manifest(dataset: Path) -> Manifest:
    """Reads the manifest of a Parquet data set. Raises DatasetError."""
    if not dataset.is_file() or dataset.suffix.lower() not in PARQUET:
        raise DatasetError(f"{dataset}: expected a data set written by `headrace dataset`, as Parquet")
    try:
        metadata = pq.read_metadata(dataset).metadata or {}
    except (pa.ArrowException, OSError) as error:
        raise DatasetError(f"{dataset}: cannot be read: {str(error).strip()}; expected Parquet") from error
    if KEY.encode() in metadata:
        return _decoded(metadata[KEY.encode()], dataset)
    if (beside := manifest_path(dataset)).is_file():
        return _decoded(beside.read_bytes(), beside)
    raise DatasetError(
        f"{dataset}: its metadata contain no manifest; expected a data set written by `headrace dataset`"
    )


def _decoded(text: bytes, dataset: Path) -> Manifest:
    """Decodes a manifest; checks its format first, because fields of another format have unknown meaning."""
    try:
        written_format = msgspec.json.decode(text, type=_Format).format
        if written_format == FORMAT:
            return msgspec.json.decode(text, type=Manifest)
    except UNDECODABLE as error:
        raise DatasetError(
            f"{dataset}: its manifest cannot be read: {error}; expected a manifest of format {FORMAT}"
        ) from error
    raise DatasetError(
        f"{dataset}: its manifest has format {written_format}; expected {FORMAT}; hint: use the version that wrote it"
    )
