"""Builds and parses addresses of pages; all choices on a page are part of its address, so that it can be shared."""

from collections.abc import Mapping
from datetime import UTC, datetime
from urllib.parse import quote, urlencode

from reports.delivery import STAMP, STAMP_FORMAT, stamp

LONGEST_MOMENT = 15
LATEST_MS = 253_402_300_800_000  # the end of year 9999


def entity_path(entity_type: str, entity: str) -> str:
    """Returns the path of an entity's page.

    >>> entity_path("user", "../a b")
    '/features/user/..%2Fa%20b'
    """
    return f"/features/{quote(entity_type, safe='')}/{quote(entity, safe='')}"


def incident_path(name: str) -> str:
    """Returns the path of an incident's page.

    >>> incident_path("drift:orders/1")
    '/incidents/drift%3Aorders%2F1'
    """
    return f"/incidents/{quote(name, safe='')}"


def interval_path(start_ms: int) -> str:
    """Returns the path of an interval's page.

    >>> interval_path(1_767_276_300_000)
    '/intervals/20260101T140500Z'
    """
    return f"/intervals/{stamp(start_ms - start_ms % 1000)}"


def interval_in(text: str) -> int | None:
    """Parses the start of an interval (ms since 1970) in a path: as the report store names it, or in ms.

    Returns None for anything else, so that it never becomes part of a store path.

    >>> interval_in("20260101T140500Z"), interval_in("1767276300000")
    (1767276300000, 1767276300000)
    >>> interval_in("../x"), interval_in("20269999T000000Z")
    (None, None)
    """
    if (start_ms := moment_in(text)) is not None:
        return start_ms if start_ms < LATEST_MS and start_ms % 1000 == 0 else None
    if STAMP.fullmatch(text) is None:
        return None
    try:
        return int(datetime.strptime(text, STAMP_FORMAT).replace(tzinfo=UTC).timestamp()) * 1000
    except ValueError:
        return None


def query(chosen: Mapping[str, object]) -> str:
    """Returns the query of an address without empty choices.

    >>> query({"owner": "a b", "status": "", "from": 1}), query({})
    ('?owner=a+b&from=1', '?')
    """
    return "?" + urlencode({name: value for name, value in chosen.items() if value not in ("", None)})


def moment_in(text: str | None) -> int | None:
    """Parses a time (ms since 1970) in an address; None if it is not a time.

    >>> moment_in("1767276300000"), moment_in("-1"), moment_in("٣")
    (1767276300000, None, None)
    """
    return int(text) if text and text.isascii() and text.isdigit() and len(text) <= LONGEST_MOMENT else None


def place_in(text: str) -> int:
    """Parses the place in a list at which a page begins; 0 if it is not a number.

    >>> place_in("50"), place_in("-1"), place_in("")
    (50, 0, 0)
    """
    return int(text) if text.isascii() and text.isdigit() and len(text) < 7 else 0


def web_address(text: str) -> str:
    """Returns an address if a link may have it, else an empty text: a link never runs a script.

    >>> web_address("https://wiki/run"), web_address("javascript:alert(1)")
    ('https://wiki/run', '')
    """
    return text if text.startswith(("https://", "http://")) else ""
