"""Reads spines, the rows that a data set is made for, in blocks from files or from memory."""

from dataflows.history.datasets.spine.column_types import expect_kept_types
from dataflows.history.datasets.spine.frames import table_of
from dataflows.history.datasets.spine.ids import ids_of
from dataflows.history.datasets.spine.reading import open_spine
from dataflows.history.datasets.spine.tables import Spine, TableSpine
from dataflows.history.datasets.spine.times import TimeReader, TimeUnit

__all__ = ["Spine", "TableSpine", "TimeReader", "TimeUnit", "expect_kept_types", "ids_of", "open_spine", "table_of"]
