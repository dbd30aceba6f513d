"""Loads definitions for programs."""

from os import PathLike
from pathlib import Path

from dataflows import definitions
from dataflows.definitions import Definitions


def load(path: str | PathLike[str]) -> Definitions:
    """Loads the definitions of a folder: sources, features and feature sets. Raises DefinitionErrors with all mistakes.

    >>> loaded = load("feature_specs")
    >>> [feature.feature_name for feature in loaded.feature_set("fraud_v1").of_entity("item_id")]
    ['item_p90_amount_30d', 'item_refund_ratio_7d']
    """
    return definitions.load(Path(path))
