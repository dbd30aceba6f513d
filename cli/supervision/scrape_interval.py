"""Paces the scrapes of a running dataflow: short while its numbers change, long while they do not."""

from cli.dashboard import MetricsScrape

SHORTEST_S, LONGEST_S = 0.5, 2.0
"""Pauses between scrapes (s): while numbers change, and while they are constant."""


class ScrapeInterval:
    """Decides when the next scrape is due (s, monotonic)."""

    def __init__(self) -> None:
        self._last: MetricsScrape | None = None
        self._due = self._pause = 0.0

    def due(self, now: float) -> bool:
        """Returns whether a scrape is due."""
        return now >= self._due

    def read(self, reading: MetricsScrape) -> None:
        """Records a scrape."""
        still = self._last is not None and self._last.series == reading.series
        self._pause = min(max(2 * self._pause, SHORTEST_S), LONGEST_S) if still else SHORTEST_S
        self._last, self._due = reading, reading.scraped_s + self._pause
