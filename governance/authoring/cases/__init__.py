"""Events, times and values as a `tests:` entry writes them."""

from governance.authoring.cases.writing import listed, moment, written_event, written_value

__all__ = ["listed", "moment", "written_event", "written_value"]
