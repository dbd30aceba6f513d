"""Restricts `/metrics` and `/dataflow` to one address, by default to this machine.

Bytewax has one server for both; it listens on all addresses without a password and has no option for an address. So its
socket gets a filter: the kernel drops packets to any other address, before a connection is established.
"""

import ctypes
import ipaddress
import logging
import os
import socket
import stat
import struct
import threading
import time
from pathlib import Path

log = logging.getLogger(__name__)

EVERYBODY = "0.0.0.0"
_DEFAULT_PORT = 3030
_POLL_S, _LONGEST_POLL_S = 0.002, 1.0
_SO_ATTACH_FILTER = 26
_FROM_NETWORK_HEADER = 0xFFF00000  # SKF_NET_OFF
_IPV4_DESTINATION = 16
_LOAD_WORD, _JUMP_IF_EQUAL, _RETURN = 0x20, 0x15, 0x06
_ALL, _NOTHING = 0xFFFFFFFF, 0


def keep_metrics_to(host: str) -> threading.Thread | None:
    """Restricts the engine's server once it listens; returns None if it is disabled, or open to all."""
    if "BYTEWAX_DATAFLOW_API_ENABLED" not in os.environ or host == EVERYBODY:
        return None
    port = int(os.environ.get("BYTEWAX_DATAFLOW_API_PORT") or _DEFAULT_PORT)
    thread = threading.Thread(target=_keep, args=(host, port), name="metrics address", daemon=True)
    thread.start()
    return thread


def _keep(host: str, port: int) -> None:
    """Waits without limit: the engine may first wait for other processes, and its server must never stay open."""
    pause = _POLL_S
    while (listening := listening_at(port)) is None:
        time.sleep(pause)
        pause = min(pause * 1.01, _LONGEST_POLL_S)
    with listening:
        _restrict_or_tell(listening, host, port)


def _restrict_or_tell(listening: socket.socket, host: str, port: int) -> None:
    try:
        restrict(listening, host)
    except OSError as error:
        log.warning(
            "/metrics is open to everyone who reaches port %d, not only to %s: %s; hint: use a firewall",
            port,
            host,
            error,
        )


def listening_at(port: int) -> socket.socket | None:
    """Returns a handle of this process's socket that listens on a port at all addresses."""
    own = Path("/proc/self/fd")
    for number in [int(entry.name) for entry in own.iterdir()] if own.is_dir() else []:
        if (handle := _socket_of(number)) is None:
            continue
        if _is_at(handle, port):
            return handle
        handle.close()
    return None


def _socket_of(number: int) -> socket.socket | None:
    """Returns a handle of a file descriptor's socket; None if it is no socket, or was closed meanwhile."""
    try:
        if not stat.S_ISSOCK(os.fstat(number).st_mode):
            return None
        return socket.fromfd(number, socket.AF_INET, socket.SOCK_STREAM)
    except OSError:
        return None


def _is_at(handle: socket.socket, port: int) -> bool:
    try:
        return bool(handle.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN)) and handle.getsockname() == (
            EVERYBODY,
            port,
        )
    except OSError:
        return False


def restrict(listening: socket.socket, host: str) -> None:
    """Makes a listening IPv4 socket accept only connections to `host`. Raises OSError."""
    program = b"".join(_program(host))
    room = ctypes.create_string_buffer(program)
    listening.setsockopt(
        socket.SOL_SOCKET, _SO_ATTACH_FILTER, struct.pack("HL", len(program) // 8, ctypes.addressof(room))
    )


def _program(host: str) -> list[bytes]:
    """Returns a socket filter program that passes packets to this address and drops all others."""
    address = int(ipaddress.IPv4Address(socket.gethostbyname(host)))
    return [
        _step(_LOAD_WORD, _FROM_NETWORK_HEADER + _IPV4_DESTINATION),
        _step(_JUMP_IF_EQUAL, address, 0, 1),
        _step(_RETURN, _ALL),
        _step(_RETURN, _NOTHING),
    ]


def _step(code: int, number: int, then: int = 0, otherwise: int = 0) -> bytes:
    return struct.pack("HBBI", code, then, otherwise, number)
