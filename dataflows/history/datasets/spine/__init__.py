"""Spines: the rows that a data set is made for, read in blocks from files or from memory."""

from dataflows.history.datasets.spine.ids import ids_of
from dataflows.history.datasets.spine.reading import open_spine
from dataflows.history.datasets.spine.tables import Spine, TableSpine
from dataflows.history.datasets.spine.times import TimeReader, TimeUnit

__all__ = ["Spine", "TableSpine", "TimeReader", "TimeUnit", "ids_of", "open_spine"]
