"""Renders pages and pictures of reports."""

from reports.rendering.charts import darkened
from reports.rendering.interval_page import Row, page
from reports.rendering.pictures import picture, warm_up

__all__ = ["Row", "darkened", "page", "picture", "warm_up"]
