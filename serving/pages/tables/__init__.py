"""The table of features: filtered, sorted, grouped."""

from serving.pages.tables.feature_filter import filter_in
from serving.pages.tables.feature_table import feature_table

__all__ = ["feature_table", "filter_in"]
