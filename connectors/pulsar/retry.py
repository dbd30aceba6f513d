"""Retries an operation while a broker is unavailable."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

import pulsar

from connectors.messages import RunStopped
from connectors.pulsar.client import never
from connectors.pulsar.topics.admin import PulsarAdmin
from connectors.pulsar.topics.denials import client_denied
from connectors.pulsar.topics.errors import AccessDenied, BrokerAway
from connectors.pulsar_connection import PulsarConnection
from connectors.retry import Backoff, Retry

log = logging.getLogger(__name__)
T = TypeVar("T")

_FIRST_PAUSE_S, _LONGEST_PAUSE_S = 0.2, 3.0

AWAY = (
    BrokerAway,
    pulsar.Timeout,
    pulsar.ConnectError,
    pulsar.NotConnected,
    pulsar.ServiceUnitNotReady,
    pulsar.LookupError,
    pulsar.BrokerMetadataError,
    pulsar.BrokerPersistenceError,
    pulsar.TooManyLookupRequestException,
    pulsar.ProducerBlockedQuotaExceededError,
    pulsar.ProducerBlockedQuotaExceededException,
)
_DENIED = (pulsar.AuthenticationError, pulsar.AuthorizationError, pulsar.ErrorGettingAuthenticationData)


@dataclass(frozen=True)
class BrokerRetry:
    """An operation to retry (`doing`, such as "reading"), its topic and cluster, and the end of retries."""

    doing: str
    topic: str
    connection: PulsarConnection
    stopping: Callable[[], bool] = never

    def until_there(self, attempt: Callable[[], T]) -> T:
        """Returns the result of `attempt`, retried until the broker answers.

        Logs one warning if it has to wait. Raises `RunStopped` if `stopping` turns true, `AccessDenied` if the cluster
        refuses us.
        """
        retry = Retry(Backoff(_FIRST_PAUSE_S, _LONGEST_PAUSE_S), self.stopping, self._stopped, self._back)

        def explain(error: Exception) -> None:
            retry.check_stopping()
            self._explain(error)

        return retry.until_it_works(lambda: self._admitted(attempt), AWAY, explain)

    def __str__(self) -> str:
        return f"{self.doing} {self.topic}"

    def _admitted(self, attempt: Callable[[], T]) -> T:
        try:
            return attempt()
        except _DENIED as error:
            raise self._denied(error) from error

    def _explain(self, error: Exception) -> None:
        """Logs why the broker does not answer, and raises AccessDenied: the library reports a rejected token as a
        timeout."""
        PulsarAdmin(self.connection).expect_known(self.topic)
        tls = self.connection.url.startswith("pulsar+ssl://")
        hint = "; if it is running, check CA, certificate and host name" if tls else ""
        where = self.connection.url
        log.warning("%s: %s does not answer (%s); waiting%s", self, where, _reason(error), hint)

    def _denied(self, error: Exception) -> AccessDenied:
        authorised, reading = isinstance(error, pulsar.AuthorizationError), self.doing == "reading"
        return client_denied(self.connection, self.topic, reading=reading, authorised=authorised, why=_reason(error))

    def _stopped(self, _reason: str) -> RunStopped:
        return RunStopped(
            f"{self}: stopped while waiting for the broker at {self.connection.url}; nothing is lost, the "
            "next start resumes from the last snapshot"
        )

    def _back(self, _waited_s: float) -> None:
        log.warning("%s: the broker is back", self)


def _reason(error: Exception) -> str:
    return str(error) or type(error).__name__
