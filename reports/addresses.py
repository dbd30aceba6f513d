"""Filters foreign addresses in alerts: only those that are safe to click."""

from reports.records import Alert

LONGEST_URL = 2_000


def links(alert: Alert) -> list[tuple[str, str]]:
    """Returns the addresses that help with an alert, with their names."""
    named = (("incident", alert.link), ("runbook", alert.runbook))
    return [(name, url) for name, url in named if is_address(url)]


def is_address(url: str) -> bool:
    """Returns whether a text is an http(s) address without characters that would end it in a message.

    >>> is_address("http://shop:8080/incidents/a1"), is_address("javascript:alert(1)"), is_address("")
    (True, False, False)
    """
    return (
        url.startswith(("http://", "https://"))
        and len(url) <= LONGEST_URL
        and url.isprintable()
        and not any(character in url for character in ' <>|"')
    )
