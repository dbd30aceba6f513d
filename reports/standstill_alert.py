"""Creates the alert of a pipeline at a standstill, for its watchers, and for itself once it runs again."""

from typing import NamedTuple

from reports.alert_keys import key_of
from reports.phrases import passed
from reports.records import Alert


class StandstillWords(NamedTuple):
    """Words for a pipeline before its duration, and for the usual state."""

    what: str
    usual: str


STANDS = StandstillWords("nothing read for", "all at once")
"""Words for a pipeline that does not run."""
UNREADABLE = StandstillWords("Redis has not answered for", "at once")
"""Words for a pipeline whose heartbeat cannot be read."""
LATE = StandstillWords("events read late, by", "at once")
"""Words for a pipeline that reads events long after their publishing."""
FIRST_ACTION = "check whether headrace run is up, and its log; values are as of the last event that was read"
CHECK_REDIS = "check Redis and the network to it; until it answers, no feature is written, read or checked"


def standstill_alert(
    source: str, identity: int, onset_ms: int, at_ms: int, length_ms: int, limit_ms: int, words: StandstillWords
) -> Alert:
    """Creates the alert that a source, or with an empty name the pipeline, has not been read for a time (ms)."""
    return Alert(
        key=key_of(source, "standstill", "standstill", identity),
        feature="",
        source=source,
        rule="standstill",
        detail="standstill",
        state="firing",
        onset_ms=onset_ms,
        at_ms=at_ms,
        windows=1,
        score=length_ms / 1_000,
        threshold=limit_ms / 1_000,
        n=0,
        summary=f"{words.what} {passed(length_ms)}, usually {words.usual}",
        owner="",
        group=source,
        what=words.what,
        now=passed(length_ms),
        usual=words.usual,
    )
