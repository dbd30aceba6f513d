"""Exports definitions as a Feast repository."""

from governance.publishing.exports.feast.names import InvalidProject
from governance.publishing.exports.feast.repository import FeastRepository, NotOurs, export_feast

__all__ = ["FeastRepository", "InvalidProject", "NotOurs", "export_feast"]
