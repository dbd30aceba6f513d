"""Finds free ports of this machine."""

import errno
import os
import random
import socket
from itertools import count

FIRST, MOST, WORKERS = 12_000, 2_000, 10
"""Below the ports that Linux gives to outgoing connections, so that none of them takes a port while its server starts
or restarts. Each worker of pytest-xdist has its own ports, and takes each of them once before it takes one again."""

_WORKER = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")) % WORKERS
_PLACES = count(random.randrange(MOST))


def free_port() -> int:
    """Returns a port of this machine that is not in use."""
    return next(port for place in _PLACES if _is_free(port := FIRST + _WORKER * MOST + place % MOST))


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            if error.errno != errno.EADDRINUSE:
                raise
            return False
    return True
