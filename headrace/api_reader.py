"""Reads features over the API of `headrace serve`."""

from collections.abc import Iterator, Sequence
from typing import Any
from urllib.parse import SplitResult, quote, urlencode, urlsplit

import msgspec

from connectors.errors import UNDECODABLE
from headrace.errors import InvalidRequest, ServiceUnavailable
from headrace.http_connections import HttpAnswer, HttpConnections
from serving.consumer_header import CONSUMER_HEADER, is_name
from serving.features.answers import EntityAnswer, UnreadableAnswer
from serving.features.contract import FEATURES_PATH, MOST_BODY_BYTES, MOST_ENTITIES, SET_KEY

BYTES_OF_A_CHARACTER = 6
"""Most bytes of a character in JSON, as in \\u0007."""
TEMPORARY = (408, 429)


class ApiReader:
    """Reads entities from one `headrace serve`. Raises InvalidRequest."""

    def __init__(self, url: str, token: str | None, timeout_s: float, consumer: str | None = None) -> None:
        address = _address(url)
        self._place = f"{address.scheme}://{address.netloc}"
        self._path = quote(address.path.rstrip("/"), safe="/%") + FEATURES_PATH
        self._headers = {"Content-Type": "application/json", **_authorization(token), **_introduction(consumer)}
        self._connections = HttpConnections(address, timeout_s)

    def read(
        self, entity_type: str, ids: Sequence[str], features: Sequence[str] | None, set_name: str | None
    ) -> list[EntityAnswer | UnreadableAnswer | None]:
        """Reads entities in the order requested. Raises InvalidRequest, ServiceUnavailable."""
        asked: dict[str, Any] = {"entity_type": entity_type} | ({} if features is None else {"features": features})
        target = self._path + ("" if set_name is None else f"?{urlencode({SET_KEY: set_name})}")
        room = MOST_BODY_BYTES - len(msgspec.json.encode(asked | {"ids": []}))
        answers: list[EntityAnswer | UnreadableAnswer | None] = []
        for batch in _requests(ids, room):
            answer = self._connections.post(target, msgspec.json.encode(asked | {"ids": batch}), self._headers)
            answers += self._entities(answer, len(batch))
        return answers

    def close(self) -> None:
        """Closes the connections."""
        self._connections.close()

    def _entities(self, answer: HttpAnswer, count: int) -> list[Any]:
        """Returns the entities of an answer and checks their number."""
        if answer.status != 200:
            raise self._refusal(answer)
        entities = _decoded(answer.content).get("entities")
        if not isinstance(entities, list) or len(entities) != count:
            raise ServiceUnavailable(f"{self._place} sent an unexpected answer; expected headrace serve there")
        return entities

    def _refusal(self, answer: HttpAnswer) -> InvalidRequest | ServiceUnavailable:
        if 300 <= answer.status < 400:
            return InvalidRequest(f"{self._place} redirects to {answer.location!r:.200}; expected headrace serve there")
        reason = _decoded(answer.content).get("error")
        why = str(reason) if reason else f"HTTP status {answer.status}; expected headrace serve there"
        if answer.status == 422:
            return InvalidRequest(why)
        kind = ServiceUnavailable if answer.status >= 500 or answer.status in TEMPORARY else InvalidRequest
        return kind(f"{self._place}: {why:.500}")


def _address(url: str) -> SplitResult:
    """Parses an address; an error never repeats it, because it may contain a password."""
    expected = "expected an address such as http://localhost:8080"
    try:
        address = urlsplit(url)
        usable = bool(address.hostname) and address.port != 0
    except ValueError:
        raise InvalidRequest(f"the HTTP address cannot be read; {expected}") from None
    if address.username is not None or address.password is not None:
        raise InvalidRequest(
            f"the HTTP address contains a user or a password; {expected}; hint: pass the token as token="
        )
    if (
        not usable
        or address.query
        or address.fragment
        or any(character <= " " or character == "\x7f" for character in url)
    ):
        raise InvalidRequest(f"the HTTP address has no host, or a query, a fragment or a space; {expected}")
    return address


def _authorization(token: str | None) -> dict[str, str]:
    if token is None:
        return {}
    if not token.isascii() or not token.isprintable() or not token:
        raise InvalidRequest(
            "the token is empty or contains characters that a header cannot hold; expected printable ASCII"
        )
    return {"Authorization": f"Bearer {token}"}


def _introduction(consumer: str | None) -> dict[str, str]:
    if consumer is None:
        return {}
    if not is_name(consumer):
        raise InvalidRequest(f"consumer: {consumer!r:.120}; expected letters, digits and _ . : / @ -, at most 100")
    return {CONSUMER_HEADER: consumer}


def _requests(ids: Sequence[str], most_bytes: int) -> Iterator[list[str]]:
    """Splits ids into requests that the API accepts."""
    batch: list[str] = []
    size = 0
    for id in ids:
        length = BYTES_OF_A_CHARACTER * len(id) + len('"",')
        if batch and (len(batch) == MOST_ENTITIES or size + length > most_bytes):
            yield batch
            batch, size = [], 0
        batch.append(id)
        size += length
    yield batch


def _decoded(content: bytes) -> dict[str, Any]:
    """Decodes a JSON object; returns an empty one for anything else."""
    try:
        decoded = msgspec.json.decode(content)
    except UNDECODABLE:
        return {}
    return decoded if isinstance(decoded, dict) else {}
