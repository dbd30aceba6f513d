"""Words denied access on a cluster in one sentence with its remedy."""

import base64
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any

from connectors.pulsar.topics.errors import AccessDenied
from connectors.pulsar_connection import InvalidConnection, PulsarConnection

_REQUEST = re.compile(
    r"(?P<method>[A-Z]+) (?P<kind>[a-z]+)/(?P<namespace>[^/]+/[^/?]+)(?:/(?P<topic>[^/?]+))?(?P<rest>.*)"
)
_NOT_PERMITTED = re.compile(r"unauthorized to|permission|super-?user|not allowed", re.IGNORECASE)
_ADMIN = "admin"


@dataclass(frozen=True, slots=True)
class _Right:
    """An action in words, and what a role needs for it: actions on the namespace, or its tenant."""

    method: str
    path: re.Pattern[str]
    does: str
    needs: str


_RIGHTS = (
    _Right("GET", re.compile("schemas"), "read the schemas of", "consume"),
    _Right("POST", re.compile(r"schemas\S*/schema$"), "register a schema of", "produce,consume"),
    _Right("POST", re.compile("schemas"), "compare a schema with those of", "produce,consume"),
    _Right("GET", re.compile("persistent.*/partitions$"), "look up", "consume"),
    _Right(
        "GET", re.compile("persistent.*/(lastMessageId|stats|partitioned-stats)"), "list the contents of", "consume"
    ),
    _Right("PUT", re.compile("persistent.*/partitions$"), "create", _ADMIN),
    _Right("PUT", re.compile(r"namespaces/[^/]+/[^/]+$"), "create", _ADMIN),
    _Right("GET", re.compile(""), "read the policies of", _ADMIN),
    _Right("", re.compile(""), "change the policies of", _ADMIN),
)
"""The first matching row applies; the last one matches everything."""


def request_denied(connection: PulsarConnection, request: str, status: int, reason: str) -> AccessDenied:
    """Words a 401 or 403 of the admin interface to `request`, such as `GET persistent/t/ns/topic/partitions`."""
    where, token = f"{connection.admin_url} answered {status}", _token(connection, admin=True)
    if status == HTTPStatus.UNAUTHORIZED and not _NOT_PERMITTED.search(reason):
        return AccessDenied(_unknown(where, token), status)
    parts = _REQUEST.fullmatch(request)
    if parts is None:
        return AccessDenied(f"{_role(token)} may not do this: {request} ({where})", status)
    path = request.partition(" ")[2].partition("?")[0]
    right = next(right for right in _RIGHTS if parts["method"].startswith(right.method) and right.path.match(path))
    return AccessDenied(_not_permitted(right, parts, where, token), status)


def client_denied(
    connection: PulsarConnection, topic: str, *, reading: bool, authorised: bool, why: str
) -> AccessDenied:
    """Words the broker's own refusal of a reader or a producer: an unknown client, or one without permission."""
    where, token = f"{connection.url} answered {why}", _token(connection, admin=False)
    if not authorised:
        return AccessDenied(_unknown(where, token))
    right = _Right("", re.compile(""), "read" if reading else "write to", "consume" if reading else "produce,consume")
    namespace = topic.removeprefix("persistent://").rpartition("/")[0]
    return AccessDenied(_sentence(right, f"topic {topic}", namespace, where, token))


def _not_permitted(right: _Right, request: re.Match[str], where: str, token: str) -> str:
    namespace = request["namespace"]
    if request["topic"] and request["kind"] != "namespaces":
        return _sentence(right, f"topic persistent://{namespace}/{request['topic']}", namespace, where, token)
    return _sentence(right, f"namespace {namespace}", namespace, where, token)


def _sentence(right: _Right, place: str, namespace: str, where: str, token: str) -> str:
    name = str(_claims(token).get("sub") or "ROLE")
    if right.needs == _ADMIN:
        tenant = namespace.partition("/")[0]
        hint = (
            f"name it among the admin roles of tenant {tenant}, `pulsar-admin tenants update {tenant} --admin-roles "
            f"...,{name}`, or let a role do this that is"
        )
    else:
        hint = f"`pulsar-admin namespaces grant-permission {namespace} --role {name} --actions {right.needs}`"
    return f"{_role(token)} may not {right.does} {place} ({where}); hint: {hint}"


def _unknown(where: str, token: str) -> str:
    """Words that the cluster does not know the client."""
    if not token:
        return f"{where}: it requires a token; hint: set HEADRACE_PULSAR_TOKEN or HEADRACE_PULSAR_TOKEN_FILE"
    claims = _claims(token)
    expires = claims.get("exp")
    if isinstance(expires, (int, float)) and expires < datetime.now(UTC).timestamp():
        then = datetime.fromtimestamp(expires, UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
        return f"{where}: the token of {_role(token)} expired at {then}; hint: set a new one as HEADRACE_PULSAR_TOKEN"
    if not claims:
        return f"{where}: the token is not a JSON Web Token; hint: check HEADRACE_PULSAR_TOKEN or its file"
    return (
        f"{where}: it does not accept the token of {_role(token)}; hint: check that the token is complete and signed "
        "with the key of this cluster"
    )


def _role(token: str) -> str:
    subject = _claims(token).get("sub")
    return f"role {subject}" if subject else "this client"


def _token(connection: PulsarConnection, *, admin: bool) -> str:
    try:
        return (connection.read_admin_token() if admin else connection.has_token and connection.read_token()) or ""
    except InvalidConnection:
        return ""


def _claims(token: str) -> Mapping[str, Any]:
    """Returns the claims of a token, which are no secret; empty if it cannot be read.

    >>> _claims("e30.eyJzdWIiOiAid29ya2VyIn0.signature")
    {'sub': 'worker'}
    """
    try:
        payload = token.split(".")[1]
        claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    except (IndexError, ValueError):
        return {}
    return claims if isinstance(claims, dict) else {}
