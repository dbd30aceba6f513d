"""Settings for drawing conclusions."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ConclusionRules:
    """Length of an interval and longest pause of a pipeline (ms), and the address of the pages.

    `resolve` calm intervals resolve a check. In a `live` run, events arrive at the time of the reports.
    """

    length_ms: int
    standstill_ms: int = 30_000
    pages_url: str = ""
    live: bool = True
    resolve: int = 3
