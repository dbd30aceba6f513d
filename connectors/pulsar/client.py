"""One Pulsar client per process and connection."""

import atexit
import logging
import threading
import time
from dataclasses import dataclass
from typing import Any

import pulsar

from connectors.pulsar_connection import PulsarConnection

log = logging.getLogger(__name__)

OPERATION_SECONDS = 5  # creating a reader or producer: short, because we retry and want to see `stopping`


def never() -> bool:
    """The default of `stopping`."""
    return False


def now_ms() -> int:
    """The wall clock, ms."""
    return time.time_ns() // 1_000_000


def client_arguments(connection: PulsarConnection) -> dict[str, Any]:
    """What a `pulsar.Client` is built with.

    The library writes a line or more for each retry, on standard output or through a Python logger, which
    deadlocks with the interpreter lock. So its lines go to a file, by default nowhere: what a user needs to
    know is logged by this package, and every failure is raised.
    """
    arguments: dict[str, Any] = {
        "service_url": connection.url,
        "operation_timeout_seconds": OPERATION_SECONDS,
        "tls_trust_certs_file_path": connection.tls_ca,
        "tls_validate_hostname": connection.tls_validate_hostname,
        "tls_certificate_file_path": connection.tls_cert,
        "tls_private_key_file_path": connection.tls_key,
        "logger": pulsar.FileLogger(pulsar.LoggerLevel.Warn, connection.client_log),
    }
    if connection.has_token:
        arguments["authentication"] = pulsar.AuthenticationToken(connection.read_token)
    elif connection.tls_cert is not None:
        arguments["authentication"] = pulsar.AuthenticationTLS(connection.tls_cert, connection.tls_key)
    return arguments


@dataclass
class _Shared:
    client: Any
    users: int


class ClientPool:
    """Clients of this process. The library does not survive a fork, so nothing is built at import."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._shared: dict[PulsarConnection, _Shared] = {}
        self._hung = False

    def acquire(self, connection: PulsarConnection) -> Any:
        """The client of `connection`; give it back with `release`."""
        with self._lock:
            shared = self._shared.get(connection)
            if shared is None:
                shared = _Shared(pulsar.Client(**client_arguments(connection)), 0)
                self._hung = False
                self._shared[connection] = shared
            shared.users += 1
            return shared.client

    def release(self, connection: PulsarConnection) -> None:
        """Gives a client back; the last user of a connection closes it."""
        with self._lock:
            shared = self._shared[connection]
            shared.users -= 1
            if shared.users == 0:
                del self._shared[connection]
                self._end(shared.client)

    def close(self, resource: Any, name: str) -> None:
        """Closes a reader or producer. A broker that hangs or has closed it drops it by itself: that is only logged.

        A hung broker takes 5 s to be noticed, so it is asked once and not for each of many.
        """
        if self._hung:
            return
        try:
            resource.close()
        except pulsar.PulsarException as error:
            self._hung = isinstance(error, pulsar.Timeout)
            log.info("closing %s failed (%s)", name, str(error) or type(error).__name__)

    def shutdown(self) -> None:
        """At exit: a client that is left to the garbage collector can crash the interpreter."""
        with self._lock:
            for shared in self._shared.values():
                shared.client.shutdown()
            self._shared.clear()

    def _end(self, client: Any) -> None:
        """A producer that the broker has ended for ever makes `close` fail and leave threads behind."""
        try:
            if not self._hung:
                client.close()
                return
        except pulsar.PulsarException as error:
            log.info("closing a Pulsar client failed (%s)", str(error) or type(error).__name__)
        client.shutdown()


CLIENTS = ClientPool()
atexit.register(CLIENTS.shutdown)
