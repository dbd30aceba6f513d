"""Pages and pictures of reports."""

from reports.rendering.interval_page import Row, page
from reports.rendering.pictures import picture

__all__ = ["Row", "page", "picture"]
