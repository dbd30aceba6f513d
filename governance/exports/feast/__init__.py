"""Definitions as a repository of Feast."""

from governance.exports.feast.names import InvalidProject
from governance.exports.feast.repository import FeastRepository, NotOurs, export_feast

__all__ = ["FeastRepository", "InvalidProject", "NotOurs", "export_feast"]
