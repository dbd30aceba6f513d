"""Waiting for a broker that is away."""

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

import pulsar

from connectors.messages import Stopped
from connectors.pulsar.client import never
from connectors.pulsar.topics.admin import AccessDenied, BrokerAway, PulsarAdmin
from connectors.pulsar_connection import PulsarConnection

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
class Waiting:
    """Who waits (`doing`, such as "reading"), for which topic of which cluster, and until when."""

    doing: str
    topic: str
    connection: PulsarConnection
    stopping: Callable[[], bool] = never

    def until_there(self, attempt: Callable[[], T]) -> T:
        """What `attempt` returns, tried until the broker is there.

        Logs one warning when it has to wait. Raises `Stopped` when `stopping` turns true, `AccessDenied`
        when the cluster refuses us.
        """
        pause = 0.0
        while True:
            try:
                result = attempt()
            except AWAY as error:
                self._check_stopping()
                if pause == 0.0:
                    self._explain(error)
                pause = min(_LONGEST_PAUSE_S, pause * 2 or _FIRST_PAUSE_S)
                self._sleep(pause)
            except _DENIED as error:
                raise self._denied(error) from error
            else:
                if pause:
                    log.warning("%s: the broker answers again", self)
                return result

    def __str__(self) -> str:
        return f"{self.doing} {self.topic}"

    def _explain(self, error: Exception) -> None:
        """The library reports a rejected token as a timeout: only the admin interface can tell."""
        if not PulsarAdmin(self.connection).knows_us(self.topic):
            raise self._denied(error) from error
        tls = self.connection.url.startswith("pulsar+ssl://")
        hint = "; if it is running, check CA, certificate and host name" if tls else ""
        where = self.connection.url
        log.warning("%s: %s does not answer (%s); waiting%s", self, where, _reason(error), hint)

    def _denied(self, error: Exception) -> AccessDenied:
        return AccessDenied(
            f"{self}: {self.connection.url} refuses this client ({_reason(error)}); check token, certificate "
            "and the permissions of the role on the namespace"
        )

    def _sleep(self, seconds: float) -> None:
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            self._check_stopping()
            time.sleep(0.05)

    def _check_stopping(self) -> None:
        if self.stopping():
            raise Stopped(
                f"{self}: stopped while waiting for the broker at {self.connection.url}; nothing is lost, the "
                "next start resumes from the last snapshot"
            )


def _reason(error: Exception) -> str:
    return str(error) or type(error).__name__
