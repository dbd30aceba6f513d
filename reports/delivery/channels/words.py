"""Words alerts for all channels: the feature and its owner first, every number once, then what to do."""

from collections.abc import Sequence

from reports.addresses import links
from reports.moments import minute
from reports.plain_texts import plain
from reports.records import Alert

LONGEST_SENTENCE, LONGEST_ACTION = 500, 300


def headline(alerts: Sequence[Alert]) -> str:
    """Summarises the group in a few words; a single alert is stated in full."""
    if len(alerts) == 1:
        return stated(alerts[0])
    counts = {state: sum(alert.state == state for alert in alerts) for state in ("firing", "resolved")}
    names = dict.fromkeys(subject(alert) for alert in alerts)
    about = next(iter(names)) + (f" and {len(names) - 1} more" if len(names) > 1 else "")
    return f"{about}: " + ", ".join(f"{count} {state}" for state, count in counts.items() if count)


def subject(alert: Alert) -> str:
    """Returns the subject of an alert."""
    return alert.feature or (f"source {alert.source}" if alert.source else "pipeline")


def sentence(alert: Alert) -> str:
    """Words an alert, which begins with its feature and owner and says since when."""
    if _is_worded(alert):
        return plain(alert.summary, LONGEST_SENTENCE)
    owner = f" ({alert.owner})" if alert.owner else ""
    return plain(f"{subject(alert)}{owner}: {alert.summary}, since {minute(alert.onset_ms)} UTC", LONGEST_SENTENCE)


def stated(alert: Alert) -> str:
    """Words an alert with its state, once."""
    return sentence(alert) if alert.state == "resolved" and _is_worded(alert) else f"{alert.state}: {sentence(alert)}"


def _is_worded(alert: Alert) -> bool:
    """Returns whether its summary says all this: of an incident, or of a standstill before it has one."""
    return bool(alert.incident) or alert.rule == "standstill"


def first_action(alert: Alert) -> str:
    """Returns what to do first; empty for a resolved alert."""
    return plain(alert.action, LONGEST_ACTION) if alert.state == "firing" else ""


def paragraph(alert: Alert) -> str:
    """Words the whole alert as plain text, one item per line."""
    action = first_action(alert)
    lines = [stated(alert), *([f"first: {action}"] if action else [])]
    return "\n".join([*lines, *(f"{name}: {url}" for name, url in links(alert))])
