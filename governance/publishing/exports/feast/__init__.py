"""Exports definitions as a Feast repository."""

from governance.publishing.exports.feast.names import InvalidProject
from governance.publishing.exports.feast.repository import FeastRepository, ForeignFile, export_feast

__all__ = ["FeastRepository", "ForeignFile", "InvalidProject", "export_feast"]
