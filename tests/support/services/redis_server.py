"""Runs a real redis-server for tests: starts it on a free loopback port, kills, stops, pauses and empties it."""

import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from tests.support.services.ports import free_port

_READY_S, _ANSWER_S = 120.0, 120.0


class RedisServer:
    """A server in a separate folder; acknowledged writes survive `kill`, unless `kept` is false.

    `options` are arguments of its command line, such as `"--maxmemory", "2mb"`.
    """

    def __init__(self, folder: Path, *options: str, password: str = "", kept: bool = True) -> None:
        self.folder = folder
        self.port = free_port()
        self.password = password
        self._options = [*options, *(["--requirepass", password] if password else [])]
        self._kept = kept
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"redis://{f':{self.password}@' if self.password else ''}127.0.0.1:{self.port}/0"

    def start(self) -> "RedisServer":
        binary = shutil.which("redis-server")
        assert binary, "these tests need redis-server on the PATH"
        self.folder.mkdir(parents=True, exist_ok=True)
        places = ["--bind", "127.0.0.1", "--port", str(self.port), "--dir", str(self.folder)]
        saving = ["--save", "", "--appendonly", "yes" if self._kept else "no"]
        with (self.folder / "redis.log").open("ab") as log:
            self._process = subprocess.Popen([binary, *places, *saving, *self._options], stdout=log)
        self._wait_until_ready()
        return self

    def client(self) -> redis.Redis:
        return redis.Redis.from_url(self.url, protocol=2, retry=Retry(NoBackoff(), 0), socket_timeout=_ANSWER_S)

    def kill(self) -> None:
        """Kills it instantly."""
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        """Stops it in order."""
        self._end(signal.SIGTERM)

    def pause(self) -> None:
        """Lets it hold its connections and answer nothing, until `resume`."""
        self._running().send_signal(signal.SIGSTOP)

    def resume(self) -> None:
        self._running().send_signal(signal.SIGCONT)

    def flush(self) -> None:
        self.client().flushall()

    def _running(self) -> subprocess.Popen[bytes]:
        assert self._process is not None, "the server is not running"
        return self._process

    def _end(self, how: signal.Signals) -> None:
        if self._process is not None:
            self._process.send_signal(how)
            self._process.send_signal(signal.SIGCONT)
            self._process.wait(timeout=_READY_S)
            self._process = None

    def _wait_until_ready(self) -> None:
        deadline = time.monotonic() + _READY_S
        while True:
            try:
                if self.client().ping():
                    return
            except (redis.ConnectionError, redis.TimeoutError):
                if self._running().poll() is not None or time.monotonic() > deadline:
                    raise
            time.sleep(0.02)


@pytest.fixture(scope="session")
def redis_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    """Starts one server for all tests that leave it running; they use separate prefixes."""
    server = RedisServer(tmp_path_factory.mktemp("redis"), kept=False).start()
    yield server
    server.kill()


@pytest.fixture
def redis_url(redis_server: RedisServer) -> str:
    return redis_server.url


@pytest.fixture
def own_redis(tmp_path: Path) -> Iterator[RedisServer]:
    """Starts a server for one test that kills, pauses or empties it."""
    server = RedisServer(tmp_path / "redis").start()
    yield server
    server.kill()
