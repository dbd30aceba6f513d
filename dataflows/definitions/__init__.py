"""Loads definitions: YAML files in; typed definitions out, or every mistake at once."""

from dataflows.definitions.expressions import Compiled, column_names, compile_expression
from dataflows.definitions.lineage import ColumnOrigins, ColumnUse, Role
from dataflows.definitions.loader import (
    Case,
    DefinitionError,
    DefinitionErrors,
    Definitions,
    Feature,
    FeatureSet,
    Source,
    UnknownSet,
    load,
)
from dataflows.definitions.model import durations
from dataflows.definitions.model.cases import EXACT, parse_moment
from dataflows.definitions.model.deprecation import Deprecation
from dataflows.definitions.model.feature import entity_type_of
from dataflows.definitions.model.rules import (
    AllowedValues,
    Length,
    MaxAge,
    Monotonic,
    NotNull,
    Range,
    Regex,
    Rule,
    UniqueRatio,
)
from dataflows.definitions.model.value_types import POLARS_TYPES, column_kind, element_type, polars_type
from dataflows.definitions.model.version_names import bare_name
from dataflows.definitions.reading.folder import DefinitionFiles, definition_files, files_by_kind

__all__ = [
    "EXACT",
    "POLARS_TYPES",
    "AllowedValues",
    "Case",
    "ColumnOrigins",
    "ColumnUse",
    "Compiled",
    "DefinitionError",
    "DefinitionErrors",
    "DefinitionFiles",
    "Definitions",
    "Deprecation",
    "Feature",
    "FeatureSet",
    "Length",
    "MaxAge",
    "Monotonic",
    "NotNull",
    "Range",
    "Regex",
    "Role",
    "Rule",
    "Source",
    "UniqueRatio",
    "UnknownSet",
    "bare_name",
    "column_kind",
    "column_names",
    "compile_expression",
    "definition_files",
    "durations",
    "element_type",
    "entity_type_of",
    "files_by_kind",
    "load",
    "parse_moment",
    "polars_type",
]
