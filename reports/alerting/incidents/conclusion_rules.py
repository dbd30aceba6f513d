"""By which rules a conclusion is drawn."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ConclusionRules:
    """Length of an interval and how long a pipeline may stand (ms), and where the pages are.

    `resolve` calm intervals resolve a check. In a `live` run events arrive at the time of the reports.
    """

    length_ms: int
    standstill_ms: int = 30_000
    pages_url: str = ""
    live: bool = True
    resolve: int = 3
