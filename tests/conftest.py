"""What holds for every test: a marker for the real part it needs, and the failure of a thread is its own at once."""

import signal
import threading
from collections.abc import Iterator
from types import FrameType

import pytest

NEEDS = {"pulsar": "broker", "redis_url": "redis", "own_redis": "redis", "redis_server": "redis"}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark each test by the fixtures it uses, and those of `tests/e2e` by their folder."""
    for item in items:
        for fixture in getattr(item, "fixturenames", ()):
            if fixture in NEEDS:
                item.add_marker(NEEDS[fixture])
        if "e2e" in item.path.parts or "page" in getattr(item, "fixturenames", ()):
            item.add_marker("e2e")


@pytest.fixture(autouse=True)
def thread_failures() -> Iterator[None]:
    """A thread that fails ends its test at once, also while the test waits for what the thread was to do."""
    failures = list[str]()
    before_hook, before_handler = threading.excepthook, signal.getsignal(signal.SIGUSR1)

    def hook(raised: threading.ExceptHookArgs) -> None:
        before_hook(raised)
        failures.append(f"{raised.thread.name if raised.thread else 'a thread'} failed: {raised.exc_value!r}")
        signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGUSR1)

    def fail(_number: int, _frame: FrameType | None) -> None:
        pytest.fail(failures[-1])

    signal.signal(signal.SIGUSR1, fail)
    threading.excepthook = hook
    yield
    threading.excepthook = before_hook
    signal.signal(signal.SIGUSR1, before_handler)
