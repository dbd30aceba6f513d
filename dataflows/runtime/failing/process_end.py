"""Ends the process on a failure: one last line on standard error, everything flushed, an exit code.

The engine would unwind through Rust instead: it prints panics, closes outputs that fail again and aborts, or ends with
the exit code 1 for everything. Leaving at once is as safe for the state as kill -9: the next start resumes from the
last snapshot.
"""

import logging
import os
import sys
import threading
import traceback
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import NoReturn

from dataflows.runtime.failing.root_cause import RootCause, explained

log = logging.getLogger(__name__)

ENDED = "headrace: "
"""Beginning of the last line of a failed process."""
TRACE = "failure.txt"
"""The file with the traceback of a defect, in HEADRACE_VAR."""


def last_words(failure: RootCause) -> str:
    """Builds the last line of a failed process, preceded by one line per error if there are several."""
    mistakes = failure.text.splitlines()
    summary = f"{len(mistakes)} errors, listed above" if len(mistakes) > 1 else failure.text
    above = f"{failure.text}\n" if len(mistakes) > 1 else ""
    return f"{above}{ENDED}ended with exit code {int(failure.code)}: {summary}"


class ProcessTerminator:
    """Ends this process for an error; the first failing thread prints it, others wait for the end.

    `before` runs first, for example to stop a server that this process started. With `debug` the traceback is printed
    too; the traceback of a defect is always written to `var`.
    """

    def __init__(self, var: Path, *, debug: bool = False, before: Callable[[], None] = lambda: None) -> None:
        self._var, self._debug, self._before = var, debug, before
        self._lock = threading.Lock()

    def __call__(self, error: BaseException) -> NoReturn:
        """Ends the process; raises nothing and does not return."""
        self._lock.acquire()  # never released
        failure = explained(error)
        try:
            self._leave()
            print(self._words(error, failure), file=sys.stderr, flush=True)
        finally:  # even if standard error is a file on a full disk
            os._exit(failure.code)

    def install(self) -> None:
        """Also handles exceptions at the top of the main thread; suppresses the engine's own stack."""
        sys.excepthook = self._hook
        if not self._debug:
            os.environ["RUST_BACKTRACE"] = "0"

    def _hook(self, kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        if isinstance(error, KeyboardInterrupt):
            sys.__excepthook__(kind, error, trace)
        else:
            self(error)

    def _leave(self) -> None:
        try:
            self._before()
        except Exception as other:  # the first failure is the one to report
            log.warning("while ending: %s", explained(other).text)
        logging.shutdown()

    def _words(self, error: BaseException, failure: RootCause) -> str:
        trace = "".join(traceback.format_exception(error))
        place = f" (traceback: {self._saved_trace(trace)})" if failure.defect else ""
        return (trace if self._debug else "") + last_words(failure) + place

    def _saved_trace(self, trace: str) -> str:
        """Writes the traceback; returns where to find it."""
        file = self._var / TRACE
        try:
            file.write_text(trace)
        except OSError:  # a full disk: the traceback can be produced again
            return "run it again with HEADRACE_DEBUG=1"
        return str(file)
