"""The panel of `headrace run`: scraped metrics, a view, a screen."""

from cli.dashboard.hints import Hints
from cli.dashboard.metrics_scrape import MetricsScrape, parse
from cli.dashboard.screen import LOADING, Screen, screen, waiting
from cli.dashboard.view import RecentScrapes

__all__ = ["LOADING", "Hints", "MetricsScrape", "RecentScrapes", "Screen", "parse", "screen", "waiting"]
