"""Aggregations: which partials each one keeps, and how a folded row becomes a value."""

from dataflows.aggregations.catalogue import AGGREGATIONS
from dataflows.aggregations.contract import FAMILY, Column, Option
from dataflows.aggregations.totals import Sums, Totals, as_doubles, every

__all__ = ["AGGREGATIONS", "FAMILY", "Column", "Option", "Sums", "Totals", "as_doubles", "every"]
