"""Applies to every test: a marker for the real part it needs; a failing thread fails it at once."""

import gc
import signal
import threading
from collections import defaultdict
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from types import FrameType

import pytest

from tests.support.generators.seeds import ALL_SEEDS, SEEDS, some

HERE = Path(__file__).parent
RULES = HERE / "unit" / "repository"
FIXTURES = {"pulsar": "broker", "redis_server": "redis", "own_redis": "redis", "chromium": "e2e", "programs": "e2e"}
FOLDERS = {"broker": "broker", "redis": "redis", "e2e": "e2e"}


LEAST_CASES = 2
"""Cases that a run with only a part of the seeds keeps of each test, if it has as many."""


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Marks tests by the real part they need; deselects long tests and cases in a run with only a part of the seeds."""
    _mark(items)
    if SEEDS < ALL_SEEDS:
        left_out = set(items) - set(_part(items))
        config.hook.pytest_deselected(items=list(left_out))
        items[:] = [item for item in items if item not in left_out]


def _part(items: list[pytest.Item]) -> Iterable[pytest.Item]:
    """Yields a part of the cases of each test; of the long tests, only a part has a case."""
    long = [item for item in items if item.get_closest_marker("long")]
    yield from some([case for cases in _tables(long) for case in some(cases)])
    for cases in _tables(item for item in items if not item.get_closest_marker("long")):
        yield from some(cases, LEAST_CASES)
    yield from (item for item in items if item.path.is_relative_to(RULES))


def _tables(items: Iterable[pytest.Item]) -> Iterable[list[pytest.Item]]:
    """Returns the cases of each test, but of the rules of the repository, each of whose cases is another file."""
    tables = defaultdict[str, list[pytest.Item]](list)
    for item in items:
        if not item.path.is_relative_to(RULES):
            tables[item.nodeid.partition("[")[0]].append(item)
    return tables.values()


def _mark(items: list[pytest.Item]) -> None:
    """Marks each test by its folder, and by the fixtures it uses directly or indirectly."""
    for item in items:
        folder = _folder(item.path)
        fixtures = FIXTURES.keys() & set(getattr(item, "fixturenames", ()))
        for marker in sorted({FOLDERS[folder]} if folder in FOLDERS else set()) + [FIXTURES[name] for name in fixtures]:
            item.add_marker(marker)


@cache
def _folder(file: Path) -> str:
    return file.relative_to(HERE).parts[0] if file.is_relative_to(HERE) else ""


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Iterator[None]:
    """Imports without the garbage collector, and freezes what was imported: it lives to the end and need not be
    scanned."""
    gc.disable()
    yield
    gc.freeze()
    gc.set_threshold(10_000)  # seldom: most tests leave few cycles behind
    gc.enable()


def pytest_unconfigure() -> None:
    gc.unfreeze()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Reports a run with only a part of the seeds."""
    if SEEDS < ALL_SEEDS:
        part = f"{SEEDS} of {ALL_SEEDS} seeds, and an equal part of the cases, long tests and retail data"
        terminalreporter.write_line(f"HEADRACE_TEST_SEEDS={SEEDS}: {part}; `make test` runs all")


@pytest.fixture
def programs() -> None:
    """Marks tests that spend their time in processes they start, each with its own imports."""


@pytest.fixture(autouse=True)
def thread_failures() -> Iterator[None]:
    """Fails a test at once if one of its threads fails, also while the test waits for the thread."""
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
