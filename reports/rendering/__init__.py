"""Pages of reports."""

from reports.rendering.interval_page import Row, page
from reports.rendering.pictures import picture
from reports.rendering.verdict import compared, interval_of, ordered, severity, verdict

__all__ = ["Row", "compared", "interval_of", "ordered", "page", "picture", "severity", "verdict"]
