"""Client of Pulsar's admin REST interface: topics, last message ids, retention, schemas."""

import html
import json
import re
import urllib.error
import urllib.request
from collections.abc import Callable
from http import HTTPStatus
from http.client import HTTPException
from typing import Any, TypeVar

from connectors.pulsar.topics.denials import request_denied
from connectors.pulsar.topics.errors import AccessDenied, AdminError, BrokerAway, MissingTopic
from connectors.pulsar.topics.facts import (
    LastMessage,
    LedgerEntries,
    Ledgers,
    PartitionStatistics,
    Subscription,
    TopicName,
)
from connectors.pulsar_connection import PulsarConnection

T = TypeVar("T")

_TIMEOUT_S = 5
_AWAY = (HTTPStatus.BAD_GATEWAY, HTTPStatus.SERVICE_UNAVAILABLE, HTTPStatus.GATEWAY_TIMEOUT)
_FAILED = re.compile(r"^Message: (.*?)\s*(?:^Stacktrace:|\Z)", re.DOTALL | re.MULTILINE)
"""Matches a broker's description of its own failure."""
_DENIED = (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN)


class PulsarAdmin:
    """Sends requests to one cluster.

    Raises `BrokerAway` if nothing answers, `AccessDenied` on 401 and 403, `AdminError` otherwise.
    """

    def __init__(self, connection: PulsarConnection) -> None:
        self._connection = connection
        self._tls = connection.admin_tls()

    def partitions(self, topic: str) -> int | None:
        """Returns the number of partitions; 0 if the topic is not partitioned, None if it does not exist."""
        return if_exists(lambda: int(self._get(f"persistent/{path_of(topic)}/partitions")["partitions"]))

    def expect_known(self, topic: str) -> None:
        """Raises AccessDenied if the cluster answers and rejects our credentials."""
        try:
            self.partitions(topic)
        except AccessDenied as denied:
            if denied.status == HTTPStatus.UNAUTHORIZED:
                raise
        except (AdminError, BrokerAway):
            return

    def ensure_topic(self, topic: str, partitions: int) -> int:
        """Creates the topic unless it exists; returns the partitions it now has (0: not partitioned)."""
        try:
            self.send("PUT", f"persistent/{path_of(topic)}/partitions", partitions)
        except AdminError as error:
            if error.status != HTTPStatus.CONFLICT:
                raise
        return self.partitions(topic) or 0

    def last_message(self, partition: str) -> LastMessage:
        """Returns the last message of one topic partition. Raises `MissingTopic`."""
        answer = if_exists(lambda: self._get(f"persistent/{path_of(partition)}/lastMessageId"))
        if answer is None:
            raise MissingTopic(partition)
        return LastMessage(
            answer["ledgerId"], answer["entryId"], answer.get("batchIndex", -1), answer["partitionIndex"]
        )

    def max_message_bytes(self) -> int | None:
        """Returns the maximum size of a message (bytes); None if the cluster does not report it."""
        configuration = if_exists(lambda: self._get("brokers/configuration/runtime")) or {}
        return int(configuration["maxMessageSize"]) if "maxMessageSize" in configuration else None

    def ledgers(self, partition: str) -> Ledgers | None:
        """Returns the ledgers of one topic partition; None if it has none yet."""
        info = if_exists(lambda: self._get(f"persistent/{path_of(partition)}/internal-info"))
        if not info or "version" not in info:
            return None
        ledgers = info.get("ledgers") or []
        offloaded = sum(bool(ledger.get("isOffloaded")) for ledger in ledgers)
        newest = ledgers[-1]["ledgerId"] if ledgers else -1
        return Ledgers(info["version"], len(ledgers), offloaded, str(info.get("creationDate") or ""), newest)

    def statistics(self, partition: str) -> PartitionStatistics | None:
        """Returns what one topic partition holds and has received; None if it does not exist."""
        path = f"persistent/{path_of(partition)}"
        stats = if_exists(lambda: self._get(f"{path}/stats"))
        inside = if_exists(lambda: self._get(f"{path}/internalStats"))
        if not stats or not inside:
            return None
        ledgers = [LedgerEntries(ledger["ledgerId"], ledger["entries"]) for ledger in inside["ledgers"]]
        if ledgers:  # the ledger being written is listed without its entries
            ledgers[-1] = LedgerEntries(ledgers[-1].ledger, inside["currentLedgerEntries"])
        return PartitionStatistics(tuple(ledgers), stats["msgInCounter"], inside["entriesAddedCounter"])

    def subscriptions(self, topic: str) -> tuple[Subscription, ...]:
        """Returns the subscriptions of a topic, by name; empty if the topic does not exist."""
        kind = "partitioned-stats?perPartition=false" if self.partitions(topic) else "stats"
        stats = if_exists(lambda: self._get(f"persistent/{path_of(topic)}/{kind}")) or {}
        return tuple(
            Subscription(name, bool(facts["durable"]), len(facts["consumers"]), facts["msgBacklog"])
            for name, facts in sorted(stats.get("subscriptions", {}).items())
        )

    def retention(self, topic: str) -> tuple[int, int] | None:
        """Returns the retention of a topic: (minutes, MB), -1 for no limit; None if the cluster does not report it."""
        policy = if_exists(lambda: self._get(f"persistent/{path_of(topic)}/retention?applied=true"))
        return (policy["retentionTimeInMinutes"], policy["retentionSizeInMB"]) if policy else None

    def schema(self, topic: str) -> dict[str, Any] | None:
        """Returns the newest schema of a topic as the cluster reports it; None without one."""
        return if_exists(lambda: self._get(f"schemas/{path_of(topic)}/schema"))

    def post_schema(self, topic: str, definition: dict[str, Any], properties: dict[str, str]) -> int:
        """Registers a JSON schema (an Avro record); returns its version. Status 409 means incompatible."""
        body = {"type": "JSON", "schema": json.dumps(definition), "properties": properties}
        return int(self.send("POST", f"schemas/{path_of(topic)}/schema", body)["version"]["version"])

    def _get(self, path: str) -> Any:
        return self.send("GET", path, None)

    def send(self, method: str, path: str, body: Any) -> Any:
        """Sends one request; returns the decoded JSON of the answer, None if it is empty."""
        request = self._request(method, path, body)
        try:
            with urllib.request.urlopen(request, timeout=_TIMEOUT_S, context=self._tls) as answer:
                text = answer.read()
        except urllib.error.HTTPError as error:
            raise self._refused(error, f"{method} {path}") from error
        except OSError as error:
            raise self._away(getattr(error, "reason", error)) from error
        except HTTPException as error:
            raise self._away("the answer is not HTTP, or broke off") from error
        try:
            return json.loads(text) if text else None
        except (ValueError, RecursionError) as error:
            raise self._away("the answer is not JSON") from error

    def _away(self, reason: object) -> BrokerAway:
        hint = "check that the broker is running and HEADRACE_PULSAR_ADMIN_URL is correct"
        return BrokerAway(f"admin interface {self._connection.admin_url}: {reason}; hint: {hint}")

    def _request(self, method: str, path: str, body: Any) -> urllib.request.Request:
        data = None if body is None else json.dumps(body).encode()
        headers = {"Content-Type": "application/json", "Accept": "application/json"}
        token = self._connection.read_admin_token()
        if token is not None:
            headers["Authorization"] = f"Bearer {token}"
        url = f"{self._connection.admin_url.rstrip('/')}/admin/v2/{path}"
        return urllib.request.Request(url, data, headers, method=method)

    def _refused(self, error: urllib.error.HTTPError, request: str) -> Exception:
        reason = _sentence(_body(error).decode(errors="replace")) or error.reason
        where = f"admin interface {self._connection.admin_url}"
        if error.code in _AWAY:
            return BrokerAway(f"{where}: {error.code} {reason}")
        if error.code in _DENIED:
            return request_denied(self._connection, request, error.code, reason)
        return AdminError(error.code, request, reason)


def check_retention(connection: PulsarConnection, topic: str) -> str | None:
    """Returns None if the topic keeps its history; otherwise what would be lost and how to keep it.

    Returns None, too, if this role may not ask.
    """
    try:
        retention = PulsarAdmin(connection).retention(topic)
    except AccessDenied:
        return None
    if retention is None or 0 not in retention:
        return None
    name = TopicName.parse(topic)
    namespace = f"{name.tenant}/{name.namespace}"
    return (
        f"topic {topic} keeps no acknowledged messages (retention 0): a restart may find a gap, and a replay "
        "finds nothing. Set a retention: "
        f"`pulsar-admin namespaces set-retention {namespace} --time 30d --size -1`"
    )


def path_of(topic: str) -> str:
    """Returns the name of a topic as part of an admin URL. Raises InvalidTopic."""
    return TopicName.parse(topic).path


def if_exists(request: Callable[[], T]) -> T | None:
    """Returns the answer to a request; None if the requested object does not exist."""
    try:
        return request()
    except AdminError as error:
        if error.status == HTTPStatus.NOT_FOUND:
            return None
        raise


def _body(error: urllib.error.HTTPError) -> bytes:
    """Reads the text of a refusal; an empty one if it breaks off, because the status says enough."""
    try:
        return error.read()
    except (HTTPException, OSError):
        return b""


def _sentence(body: str) -> str:
    """Extracts the reason of a refusal in one line: some answers are JSON, some HTML, some have a stack trace."""
    try:
        answer = json.loads(body)
        text = str(answer.get("reason") or answer["message"])
    except (ValueError, RecursionError, LookupError, TypeError, AttributeError):
        title = re.search(r"<title>(?:Error \d+ )?(.*?)</title>", body, re.DOTALL)
        text = html.unescape(title.group(1) if title else re.sub(r"<[^>]+>", " ", body))
    failed = _FAILED.search(text)
    return " ".join((failed.group(1) if failed else text).split())
