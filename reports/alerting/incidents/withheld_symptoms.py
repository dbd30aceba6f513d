"""Holds symptoms that are not reported: those that a cause explains, and those that wait for others of their
interval."""

from reports.records import Alert

Pile = dict[str, dict[str, Alert]]
"""Symptoms by feature and key."""


def put(pile: Pile, alert: Alert) -> None:
    """Adds a symptom, or replaces it with its newer state."""
    pile.setdefault(alert.feature, {})[alert.key] = alert


def drop(pile: Pile, alert: Alert) -> None:
    """Removes a symptom, and its feature if it has no other."""
    of_feature = pile.get(alert.feature, {})
    of_feature.pop(alert.key, None)
    if not of_feature:
        pile.pop(alert.feature, None)


def alerts_of(pile: Pile) -> list[Alert]:
    """Returns all symptoms, grouped by feature."""
    return [alert for alerts in pile.values() for alert in alerts.values()]
