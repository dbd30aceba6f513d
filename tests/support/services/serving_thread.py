"""Runs the server of `headrace serve` over a Redis in a thread of the test: a process would load everything again."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread

from cli.handlers.serve import PageServer, config_of, listen
from cli.shutdown import StopSignal
from dataflows.runtime.settings import Settings
from tests.support.paths import ROOT
from tests.support.services.ports import free_port


@contextmanager
def serving_thread(folder: Path, **settings: str) -> Iterator[str]:
    """Yields the address of a server with these settings, such as redis_url; it serves the shipped definitions."""
    chosen = Settings.model_validate({"var": folder / "var", "specs": ROOT / "feature_specs", **settings})
    host, port, stop = "127.0.0.1", free_port(), StopSignal()
    server = PageServer(config_of(chosen, host), stop)
    thread = Thread(target=server.run, kwargs={"sockets": [listen(host, port)]})
    thread.start()
    try:
        yield f"http://{host}:{port}"
    finally:
        stop.set()
        thread.join(120)
        assert not thread.is_alive()
