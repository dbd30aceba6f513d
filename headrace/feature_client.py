"""The client with which a service reads features."""

import math
import warnings
from collections.abc import Iterable, Mapping, Sequence
from types import TracebackType
from typing import TYPE_CHECKING, Protocol, Self

from headrace.errors import InvalidRequest
from serving.features.answers import EntityAnswer, UnreadableAnswer
from serving.features.entity_features import UnreadableEntity

if TYPE_CHECKING:
    from dataflows.definitions import Definitions

HTTP = ("http", "https")
REDIS = ("redis", "rediss", "unix")
ADDRESSES = "http://host:port, https://..., redis://host:port/db, rediss://... or unix://path"
TIMEOUT_S = 2.0

Answers = list[EntityAnswer | UnreadableAnswer | None]


class Reader(Protocol):
    """Reads features, over the API or from Redis."""

    def read(
        self, entity_type: str, ids: Sequence[str], features: Sequence[str] | None, set_name: str | None
    ) -> Answers:
        """Reads entities in the order requested. Raises InvalidRequest, ServiceUnavailable."""

    def close(self) -> None:
        """Closes the connections."""


class FeatureClient:
    """Reads features of entities, from any number of threads, over connections that stay open.

    `url` is the address of `headrace serve` (`http://` or `https://`; with its `token` if it has one), or of Redis
    (`redis://`, `rediss://` or `unix://`; with the `definitions` of the features and the `prefix` of the keys).
    `timeout` (s) limits each request of up to a thousand ids. It connects on the first read. `consumer` is the name of
    the reading service, so that plans of changes tell whom they affect; only reads over the API are counted. Raises
    InvalidRequest, RedisUrlError.

        with FeatureClient("http://localhost:8080") as client:
            client.get("user", "u42", set="fraud_v1")["features"]["user_spend_1h"]  # 12.5
    """

    def __init__(
        self,
        url: str,
        *,
        token: str | None = None,
        definitions: "Definitions | None" = None,
        prefix: str = "headrace",
        timeout: float = TIMEOUT_S,
        consumer: str | None = None,
    ) -> None:
        if not 0 < timeout < math.inf:
            raise InvalidRequest(f"timeout: {timeout}; expected a number of seconds greater than 0")
        self._warned = set[str]()
        scheme = url.partition("://")[0].lower() if "://" in url else ""
        if scheme in HTTP:
            self._reader = _api(url, token, definitions, timeout, consumer)
        elif scheme in REDIS:
            self._reader = _store(url, token, definitions, prefix, timeout)
        else:
            raise InvalidRequest(f"the address of a feature client has the scheme {scheme!r:.20}; expected {ADDRESSES}")

    def get(
        self, entity_type: str, id: str, features: Iterable[str] | None = None, set: str | None = None
    ) -> EntityAnswer | None:
        """Reads one entity: all its features, some by name, or those of a feature set; None if it is in no window.

        Raises InvalidRequest, ServiceUnavailable, UnreadableEntity.
        """
        (answer,) = self._read(entity_type, [id], features, set)
        if answer is not None and "error" in answer:
            raise UnreadableEntity(answer["error"])
        return answer

    def get_many(
        self, entity_type: str, ids: Iterable[str], features: Iterable[str] | None = None, set: str | None = None
    ) -> Answers:
        """Reads entities in the order requested; None for those in no window.

        An unreadable entity has `error` in its answer and does not affect the others. More than a thousand entities are
        read by several requests. Raises InvalidRequest, ServiceUnavailable.
        """
        return self._read(entity_type, ids, features, set)

    def close(self) -> None:
        """Closes the connections; the client can be used again and opens new ones."""
        self._reader.close()

    def _read(
        self, entity_type: str, ids: Iterable[str], features: Iterable[str] | None, set_name: str | None
    ) -> Answers:
        """Reads entities, and warns once about each deprecated name, at the line that called the client."""
        wanted = None if features is None else _texts("features", features)
        asked = _texts("ids", ids)
        _texts("entity type and set", [entity_type] if set_name is None else [entity_type, set_name])
        answers = self._reader.read(entity_type, asked, wanted, set_name) if asked else []
        for name, facts in _deprecated(answers).items():
            if name not in self._warned:
                self._warned.add(name)
                header = ", ".join(f"{key} {value}" for key, value in facts.items())
                warnings.warn(f"{name} is deprecated: {header}", DeprecationWarning, stacklevel=3)
        return answers

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _api(
    url: str, token: str | None, definitions: "Definitions | None", timeout: float, consumer: str | None
) -> Reader:
    if definitions is not None:
        raise InvalidRequest("definitions are given for an HTTP address; expected none: headrace serve has its own")
    from headrace.api_reader import ApiReader

    return ApiReader(url, token, timeout, consumer)


def _store(url: str, token: str | None, definitions: "Definitions | None", prefix: str, timeout: float) -> Reader:
    if token is not None:
        raise InvalidRequest("a token is given for a Redis address; expected a password in the address, or none")
    if definitions is None:
        raise InvalidRequest('a Redis address needs definitions=headrace.load("feature_specs"); expected Definitions')
    from headrace.store_reader import StoreReader

    return StoreReader(url, definitions, prefix, timeout)


def _deprecated(answers: Answers) -> Mapping[str, Mapping[str, str]]:
    """Returns the deprecated names of a read: all its answers have the same ones. Earlier servers send none."""
    for answer in answers:
        if answer is not None and "error" not in answer:
            return answer.get("deprecated", {})
    return {}


def _texts(kind: str, given: Iterable[str]) -> list[str]:
    """Checks a list of texts that a server accepts. Raises InvalidRequest."""
    if isinstance(given, str | bytes):
        raise InvalidRequest(f"{kind}: {given!r:.80} is a string; expected a list of strings")
    texts = list(given)
    for text in texts:
        if not isinstance(text, str):
            raise InvalidRequest(f"{kind}: {text!r:.80} has type {type(text).__name__}; expected a string")
    try:
        "".join(texts).encode()
    except UnicodeEncodeError:
        raise InvalidRequest(f"{kind}: half a surrogate pair; expected a string that UTF-8 can encode") from None
    return texts
