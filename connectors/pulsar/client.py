"""Shares one Pulsar client per process and connection."""

import atexit
import logging
import threading
import time
from dataclasses import dataclass
from typing import Any

import pulsar

from connectors.pulsar_connection import PulsarConnection

log = logging.getLogger(__name__)

OPERATION_SECONDS = 5  # to create a reader or producer: short, because we retry and check `stopping`


def never() -> bool:
    """Default of `stopping`: never stops."""
    return False


def now_ms() -> int:
    """Returns the wall clock time (ms)."""
    return time.time_ns() // 1_000_000


def client_arguments(connection: PulsarConnection) -> dict[str, Any]:
    """Returns the arguments of a `pulsar.Client`.

    The library writes a line or more for each retry, on standard output or through a Python logger, which deadlocks
    with the interpreter lock. So its lines go to a file, by default nowhere: this package logs what users need to know,
    and raises every failure.
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
    """Clients of this process. The library does not survive a fork, so no client is created at import."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._shared: dict[PulsarConnection, _Shared] = {}
        self._hung = False

    def acquire(self, connection: PulsarConnection) -> Any:
        """Returns the client of `connection`; pair it with `release`."""
        with self._lock:
            shared = self._shared.get(connection)
            if shared is None:
                shared = _Shared(pulsar.Client(**client_arguments(connection)), 0)
                self._hung = False
                self._shared[connection] = shared
            shared.users += 1
            return shared.client

    def release(self, connection: PulsarConnection) -> None:
        """Releases a client; the last user of a connection closes it."""
        with self._lock:
            shared = self._shared[connection]
            shared.users -= 1
            if shared.users == 0:
                del self._shared[connection]
                self._end(shared.client)

    def close(self, resource: Any, name: str) -> None:
        """Closes a reader or producer; only logs a failure, because a broker that hangs or closed it drops it by
        itself.

        It takes 5 s to notice a hung broker, so later resources are not closed one by one.
        """
        if self._hung:
            return
        try:
            resource.close()
        except pulsar.PulsarException as error:
            self._hung = isinstance(error, pulsar.Timeout)
            log.info("closing %s failed (%s)", name, str(error) or type(error).__name__)

    def shutdown(self) -> None:
        """Shuts all clients down at exit: a client left to the garbage collector can crash the interpreter."""
        with self._lock:
            for shared in self._shared.values():
                shared.client.shutdown()
            self._shared.clear()

    def _end(self, client: Any) -> None:
        """Closes a client, or shuts it down: a producer that the broker ended for good makes `close` fail and leave
        threads."""
        try:
            if not self._hung:
                client.close()
                return
        except pulsar.PulsarException as error:
            log.info("closing a Pulsar client failed (%s)", str(error) or type(error).__name__)
        client.shutdown()


CLIENTS = ClientPool()
atexit.register(CLIENTS.shutdown)
