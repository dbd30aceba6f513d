"""Drift: an interval against its baseline and against a reference window."""

from reports.drift.bins import OTHER
from reports.drift.comparison import AgainstBaseline, AgainstReference
from reports.drift.reference_window import Block, Reference
from reports.drift.significance import of_share

__all__ = ["OTHER", "AgainstBaseline", "AgainstReference", "Block", "Reference", "of_share"]
