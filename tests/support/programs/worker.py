"""Runs a worker as a platform starts it, `python -m bytewax.run dataflows.features`, over embedded topics, to its
end."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from connectors.embedded.topics import append
from dataflows.runtime.failing.process_end import ENDED
from tests.support.paths import ROOT
from tests.support.programs.command_line import ORDERS, SPENT

TOPIC = "persistent://public/default/raw-order-events"
BUILT_S = 240.0


@dataclass
class Ended:
    """The result of a worker: its exit code and all its output."""

    code: int
    said: list[str]

    @property
    def last(self) -> str:
        """Returns the last line."""
        return self.said[-1]

    def expect(self, code: int, *words: str, lines: int = 5) -> None:
        """Checks that it ended with the code and a line with all of the words, and printed little besides."""
        assert self.code == code, self.said
        assert self.last.startswith(f"{ENDED}ended with exit code {code}: "), self.said
        assert all(word in self.last for word in words), self.last
        assert not any("Traceback" in line for line in self.said)
        assert len(self.said) <= lines, self.said


@dataclass
class Worker:
    """One source and one feature in `folder`; `settings` are variables, `arguments` those of the engine."""

    folder: Path
    settings: dict[str, str] = field(default_factory=dict)
    largest_file: int | None = None

    def __post_init__(self) -> None:
        for name, text in {"sources/orders": ORDERS, "user_spent_1d": SPENT}.items():
            path = self.folder / "specs" / f"{name}.yaml"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)

    @property
    def var(self) -> Path:
        return self.folder / "var"

    @property
    def store(self) -> Path:
        return self.folder / "recovery"

    @property
    def log(self) -> Path:
        return self.folder / "worker.log"

    def made(self, partitions: int = 1) -> "Worker":
        """Creates the recovery store."""
        self.store.mkdir()
        subprocess.run([sys.executable, "-m", "bytewax.recovery", str(self.store), str(partitions)], check=True)
        return self

    def sell(self, count: int, users: int = 100) -> None:
        """Publishes orders to the topic."""
        now = time.time_ns() // 1_000_000
        keys = [f"u{number % users}" for number in range(count)]
        paid = {"event_type": "payment_success", "amount": 2.5, "timestamp": now}
        payloads = [json.dumps(paid | {"user_id": key}).encode() for key in keys]
        append(self.var / "topics", TOPIC, keys, payloads, lambda: now)

    def start(self, *arguments: str) -> subprocess.Popen[bytes]:
        """Starts it; appends to its log."""
        engine = ["-m", "bytewax.run", "dataflows.features", "-r", str(self.store), "-s", "1", "-b", "0"]
        with self.log.open("ab") as log:
            command = [*self._limited(), sys.executable, *engine, *arguments]
            return subprocess.Popen(command, cwd=ROOT, env=self.environment(), stdout=log, stderr=log)

    def ended(self, process: subprocess.Popen[bytes], seconds: float = BUILT_S) -> Ended:
        """Waits until it ends by itself; returns how."""
        try:
            code = process.wait(seconds)
        finally:
            process.kill()
            process.wait(60)
        return Ended(code, self.log.read_text(errors="replace").splitlines())

    def run(self, *arguments: str) -> Ended:
        """Starts it and waits until it ends by itself."""
        return self.ended(self.start(*arguments))

    def until(self, process: subprocess.Popen[bytes], true: Callable[[], bool], seconds: float = BUILT_S) -> None:
        """Waits for a condition while the worker runs; kills the worker on failure."""
        end, over = time.monotonic() + seconds, False
        try:
            while not true():  # once more after its end, which may come right after its last work
                assert not over, self.log.read_text()
                over = process.poll() is not None or time.monotonic() > end
                time.sleep(0.05)
        except BaseException:  # also when the test's own time is up
            process.kill()
            process.wait(60)
            raise

    def stopped(self, process: subprocess.Popen[bytes]) -> Ended:
        """Stops it with SIGTERM; returns how it ended."""
        process.send_signal(signal.SIGTERM)
        return self.ended(process)

    def environment(self) -> dict[str, str]:
        """Returns the variables of its processes."""
        bare = {name: value for name, value in os.environ.items() if not name.startswith("HEADRACE_")}
        (self.folder / "none.env").touch()
        own = {"VAR": str(self.var), "SPECS": str(self.folder / "specs"), "ENV_FILE": str(self.folder / "none.env")}
        return bare | {f"HEADRACE_{name}": value for name, value in own.items()} | self.settings

    def _limited(self) -> list[str]:
        """Limits the size of files (bytes), as on a full disk, where no small disk can be made."""
        if self.largest_file is None:
            return []
        return ["sh", "-c", f'ulimit -f {self.largest_file // 512} && exec "$@"', "sh"]
