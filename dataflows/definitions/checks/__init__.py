"""Checks definitions: each check returns its resolved part and adds mistakes to the errors of its file."""

from dataflows.definitions.checks.catalog import SpecCatalog
from dataflows.definitions.checks.feature_set import check_feature_set
from dataflows.definitions.checks.features.aggregated import AggregatedFeature
from dataflows.definitions.checks.features.cases import resolve_cases
from dataflows.definitions.checks.features.derived import Derived
from dataflows.definitions.checks.features.feature import resolve_feature
from dataflows.definitions.checks.file_errors import FileErrors
from dataflows.definitions.checks.project import check_project
from dataflows.definitions.checks.source import resolve_source

__all__ = [
    "AggregatedFeature",
    "Derived",
    "FileErrors",
    "SpecCatalog",
    "check_feature_set",
    "check_project",
    "resolve_cases",
    "resolve_feature",
    "resolve_source",
]
