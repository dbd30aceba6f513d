"""Runs a real Pulsar standalone as a child process: on free ports, loopback only, stopped after the test."""

import os
import shutil
import signal
import subprocess
import time
import urllib.request
from pathlib import Path

from tests.support.services.ports import free_port

HERE = Path(__file__).parent
JARS = Path.home() / ".cache/headrace/pulsar-4.0.1"
_START_S, _FETCH_S, _ANSWER_S = 300, 600, 60


class BrokerUnavailable(RuntimeError):
    """No broker can run on this machine; the message names what is missing."""


class Broker:
    """`with Broker(folder) as broker:` - `folder` preserves the ledgers over kills and restarts.

    `extra` adds lines to the broker's configuration; `token` is needed if they require one.
    """

    def __init__(self, folder: Path, extra: str = "", token: str = "") -> None:
        self._folder, self._extra, self._token = folder, extra, token
        self._ports = free_port(), free_port()
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"pulsar://127.0.0.1:{self._ports[0]}"

    @property
    def admin_url(self) -> str:
        return f"http://127.0.0.1:{self._ports[1]}"

    def __enter__(self) -> "Broker":
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self, wait: bool = True) -> None:
        """Starts it, also after a kill, and waits until it is healthy."""
        fetched = (Path(os.environ.get("PULSAR_LIB", JARS)) / ".complete").exists()
        _require_tools(fetched)
        self._folder.mkdir(parents=True, exist_ok=True)
        extra = self._folder / "extra.conf"
        extra.write_text(self._extra)
        environment = {**os.environ, "PULSAR_EXTRA_CONF": str(extra)}
        command = [str(HERE / "start"), str(self._folder / "data"), *map(str, self._ports)]
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(command, stdout=log, stderr=log, env=environment)
        if wait:
            self.wait_healthy(_START_S if fetched else _FETCH_S)

    def wait_healthy(self, seconds: float = _START_S) -> None:
        until = time.monotonic() + seconds
        while not self._healthy():
            if self._running.poll() is not None or time.monotonic() > until:
                self.stop()
                raise BrokerUnavailable(f"Pulsar did not start:\n{self._tail()}")
            time.sleep(0.1)

    def kill(self) -> None:
        """Sends kill -9."""
        self._running.kill()
        self._running.wait(60)

    def pause(self) -> None:
        """Sends SIGSTOP: connections stay, nothing answers."""
        self._running.send_signal(signal.SIGSTOP)

    def resume(self) -> None:
        """Sends SIGCONT, and waits until it is healthy."""
        self._running.send_signal(signal.SIGCONT)
        self.wait_healthy()

    def stop(self) -> None:
        if self._process is None or self._process.poll() is not None:
            return
        self._process.send_signal(signal.SIGCONT)
        self._process.terminate()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self.kill()

    @property
    def _running(self) -> subprocess.Popen[bytes]:
        assert self._process is not None, "the broker was not started"
        return self._process

    @property
    def _log(self) -> Path:
        return self._folder / "broker.log"

    def _tail(self) -> str:
        return "\n".join(self._log.read_text(errors="replace").splitlines()[-15:])

    def _healthy(self) -> bool:
        """Returns whether broker and namespace are ready: the namespace is created a moment after the broker
        answers."""
        return self._answers("brokers/health") and self._answers("namespaces/public/default")

    def _answers(self, path: str) -> bool:
        request = urllib.request.Request(f"{self.admin_url}/admin/v2/{path}")
        request.add_header("Authorization", f"Bearer {self._token}")
        try:
            with urllib.request.urlopen(request, timeout=_ANSWER_S) as answer:
                return int(answer.status) == 200
        except OSError:
            return False


def _require_tools(fetched: bool) -> None:
    missing = [tool for tool in ("java", "mvn") if shutil.which(tool) is None and not (fetched and tool == "mvn")]
    if missing:
        raise BrokerUnavailable(
            f"tests on a real Pulsar need Java 17 and Maven; not found: {', '.join(missing)} "
            "(or set HEADRACE_TEST_PULSAR_URL and HEADRACE_TEST_PULSAR_ADMIN_URL to a running broker)"
        )
