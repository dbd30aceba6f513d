"""The admin REST interface of Pulsar: topics, last message ids, retention, schemas."""

import html
import json
import re
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, TypeVar

from connectors.errors import ExitCode, HeadraceError
from connectors.pulsar_connection import PulsarConnection

T = TypeVar("T")

_TIMEOUT_S = 5
_AWAY = (HTTPStatus.BAD_GATEWAY, HTTPStatus.SERVICE_UNAVAILABLE, HTTPStatus.GATEWAY_TIMEOUT)
_DENIED = (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN)
_TOPIC = re.compile(r"persistent://([^/]+)/([^/]+)/([^/]+)")


class BrokerAway(HeadraceError, ConnectionError):
    """The admin interface does not answer; it is worth trying again."""

    exit_code = ExitCode.SERVICE


class AccessDenied(HeadraceError, PermissionError):
    """The cluster does not accept who we are, or does not let us do this. `status`: 401 or 403, if known."""

    exit_code = ExitCode.SERVICE

    def __init__(self, text: str, status: int | None = None) -> None:
        super().__init__(text)
        self.status = status


class AdminError(HeadraceError):
    """The admin interface refused a request. `status` is the HTTP status, `reason` its own words."""

    exit_code = ExitCode.SERVICE

    def __init__(self, status: int, request: str, reason: str) -> None:
        super().__init__(f"{request}: {status} {reason}")
        self.status, self.reason = status, reason


class InvalidTopic(HeadraceError, ValueError):
    """Not the name of a persistent topic."""

    exit_code = ExitCode.WRONG


class MissingTopic(HeadraceError, LookupError):
    """The topic does not exist; the text names the command that creates it."""

    exit_code = ExitCode.SERVICE

    def __init__(self, topic: str) -> None:
        super().__init__(
            f"topic {topic} does not exist: create it with `pulsar-admin topics create-partitioned-topic "
            f"{topic} --partitions 4`, start with `headrace run`, which creates it, or correct the name"
        )


@dataclass(frozen=True, slots=True)
class TopicName:
    """`persistent://tenant/namespace/local`."""

    tenant: str
    namespace: str
    local: str

    @classmethod
    def parse(cls, topic: str) -> "TopicName":
        """Parses a topic name; a short name is in public/default. Raises InvalidTopic."""
        full = topic if "://" in topic else f"persistent://public/default/{topic}"
        match = _TOPIC.fullmatch(full)
        if match is None:
            raise InvalidTopic(f"topic {topic!r}: expected persistent://tenant/namespace/name")
        return cls(*match.groups())

    @property
    def path(self) -> str:
        """Returns the name as part of an admin URL."""
        return f"{self.tenant}/{self.namespace}/{self.local}"


@dataclass(frozen=True, slots=True)
class LastMessage:
    """Where a topic partition ends; `entry` is -1 when it holds nothing, `batch_index` when unbatched."""

    ledger: int
    entry: int
    batch_index: int
    partition: int


@dataclass(frozen=True, slots=True)
class Ledgers:
    """The list of ledgers of a topic partition: its version, how many it has, how many are in long-term storage.

    `created` is when the partition was made, as the cluster writes it, `newest` the id of its last ledger.
    """

    version: int
    retained: int
    offloaded: int
    created: str = ""
    newest: int = -1


class PulsarAdmin:
    """Requests to one cluster.

    Raises `BrokerAway` when nothing answers, `AccessDenied` on 401 and 403, `AdminError` otherwise.
    """

    def __init__(self, connection: PulsarConnection) -> None:
        self._connection = connection
        self._tls = connection.admin_tls()

    def partitions(self, topic: str) -> int | None:
        """How many partitions; 0 when the topic is not partitioned, None when there is no such topic."""
        return _or_none(lambda: int(self._get(f"persistent/{_path(topic)}/partitions")["partitions"]))

    def knows_us(self, topic: str) -> bool:
        """False when the cluster answers, and rejects our credentials."""
        try:
            self.partitions(topic)
        except AccessDenied as denied:
            return denied.status != HTTPStatus.UNAUTHORIZED
        except (AdminError, BrokerAway):
            return True
        return True

    def ensure_topic(self, topic: str, partitions: int) -> int:
        """Creates the topic unless it exists; returns the partitions it now has (0: not partitioned)."""
        try:
            self._send("PUT", f"persistent/{_path(topic)}/partitions", partitions)
        except AdminError as error:
            if error.status != HTTPStatus.CONFLICT:
                raise
        return self.partitions(topic) or 0

    def last_message(self, partition: str) -> LastMessage:
        """The last message of one topic partition. Raises `MissingTopic`."""
        answer = _or_none(lambda: self._get(f"persistent/{_path(partition)}/lastMessageId"))
        if answer is None:
            raise MissingTopic(partition)
        return LastMessage(
            answer["ledgerId"], answer["entryId"], answer.get("batchIndex", -1), answer["partitionIndex"]
        )

    def max_message_bytes(self) -> int | None:
        """Returns the maximum size of a message (bytes); None if the cluster does not report it."""
        configuration = _or_none(lambda: self._get("brokers/configuration/runtime")) or {}
        return int(configuration["maxMessageSize"]) if "maxMessageSize" in configuration else None

    def ledgers(self, partition: str) -> Ledgers | None:
        """The ledgers of one topic partition, None when it has none yet."""
        info = _or_none(lambda: self._get(f"persistent/{_path(partition)}/internal-info"))
        if not info or "version" not in info:
            return None
        ledgers = info.get("ledgers") or []
        offloaded = sum(bool(ledger.get("isOffloaded")) for ledger in ledgers)
        newest = ledgers[-1]["ledgerId"] if ledgers else -1
        return Ledgers(info["version"], len(ledgers), offloaded, str(info.get("creationDate") or ""), newest)

    def retention(self, topic: str) -> tuple[int, int] | None:
        """Returns the retention of a topic: (minutes, MB), -1 for no limit; None if the cluster does not report it."""
        policy = _or_none(lambda: self._get(f"persistent/{_path(topic)}/retention?applied=true"))
        return (policy["retentionTimeInMinutes"], policy["retentionSizeInMB"]) if policy else None

    def schema(self, topic: str) -> dict[str, Any] | None:
        """Returns the newest schema of a topic as the cluster reports it; None without one."""
        return _or_none(lambda: self._get(f"schemas/{_path(topic)}/schema"))

    def post_schema(self, topic: str, definition: dict[str, Any], properties: dict[str, str]) -> int:
        """Registers a JSON schema (an Avro record); returns its version. 409 when it is incompatible."""
        body = {"type": "JSON", "schema": json.dumps(definition), "properties": properties}
        return int(self._send("POST", f"schemas/{_path(topic)}/schema", body)["version"]["version"])

    def _get(self, path: str) -> Any:
        return self._send("GET", path, None)

    def _send(self, method: str, path: str, body: Any) -> Any:
        request = self._request(method, path, body)
        try:
            with urllib.request.urlopen(request, timeout=_TIMEOUT_S, context=self._tls) as answer:
                text = answer.read()
        except urllib.error.HTTPError as error:
            raise self._refused(error, f"{method} {path}") from error
        except OSError as error:
            reason = getattr(error, "reason", error)
            where = f"admin interface {self._connection.admin_url}"
            hint = "check that the broker is running and HEADRACE_PULSAR_ADMIN_URL is correct"
            raise BrokerAway(f"{where}: {reason}; hint: {hint}") from error
        return json.loads(text) if text else None

    def _request(self, method: str, path: str, body: Any) -> urllib.request.Request:
        data = None if body is None else json.dumps(body).encode()
        headers = {"Content-Type": "application/json", "Accept": "application/json"}
        token = self._connection.read_admin_token()
        if token is not None:
            headers["Authorization"] = f"Bearer {token}"
        url = f"{self._connection.admin_url.rstrip('/')}/admin/v2/{path}"
        return urllib.request.Request(url, data, headers, method=method)

    def _refused(self, error: urllib.error.HTTPError, request: str) -> Exception:
        reason = _sentence(error.read().decode(errors="replace")) or error.reason
        where = f"admin interface {self._connection.admin_url}"
        if error.code in _AWAY:
            return BrokerAway(f"{where}: {error.code} {reason}")
        if error.code in _DENIED:
            text = f"{where}: {request}: {error.code} {reason}; check token and permissions"
            return AccessDenied(text, error.code)
        return AdminError(error.code, request, reason)


def check_retention(connection: PulsarConnection, topic: str) -> str | None:
    """None when the topic keeps its history; otherwise what would be lost and how to keep it."""
    retention = PulsarAdmin(connection).retention(topic)
    if retention is None or 0 not in retention:
        return None
    name = TopicName.parse(topic)
    namespace = f"{name.tenant}/{name.namespace}"
    return (
        f"topic {topic} keeps no acknowledged messages (retention 0): a restart may find a gap, and a replay "
        "finds nothing. Set a retention: "
        f"`pulsar-admin namespaces set-retention {namespace} --time 30d --size -1`"
    )


def _path(topic: str) -> str:
    return TopicName.parse(topic).path


def _or_none(request: Callable[[], T]) -> T | None:
    try:
        return request()
    except AdminError as error:
        if error.status == HTTPStatus.NOT_FOUND:
            return None
        raise


def _sentence(body: str) -> str:
    """The reason of a refusal in one line: some answers are JSON, some are pages of HTML."""
    try:
        return str(json.loads(body)["reason"])
    except (ValueError, KeyError, TypeError):
        title = re.search(r"<title>(?:Error \d+ )?(.*?)</title>", body, re.DOTALL)
        text = title.group(1) if title else re.sub(r"<[^>]+>", " ", body)
        return " ".join(html.unescape(text).split())
