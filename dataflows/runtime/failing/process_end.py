"""A failure ends the process: one last line on standard error, everything flushed, an exit code.

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
"""How the last line of a process that failed begins."""
TRACE = "failure.txt"
"""The file with the traceback of a defect, in HEADRACE_VAR."""


def last_words(failure: RootCause) -> str:
    """Builds the last line of a failed process, preceded by one line per error if there are several."""
    mistakes = failure.text.splitlines()
    summary = f"{len(mistakes)} errors, listed above" if len(mistakes) > 1 else failure.text
    above = f"{failure.text}\n" if len(mistakes) > 1 else ""
    return f"{above}{ENDED}ended with exit code {int(failure.code)}: {summary}"


class Ending:
    """Ends this process for an error; the first thread to fail speaks, others wait for the end.

    `before` is done first, such as stopping a server that this process started. With `debug` the traceback is
    printed too; that of a defect is written to `var` in any case.
    """

    def __init__(self, var: Path, *, debug: bool = False, before: Callable[[], None] = lambda: None) -> None:
        self._var, self._debug, self._before = var, debug, before
        self._lock = threading.Lock()

    def __call__(self, error: BaseException) -> NoReturn:
        """Raises nothing and does not return."""
        self._lock.acquire()  # for ever
        failure = explained(error)
        try:
            self._leave()
            print(self._words(error, failure), file=sys.stderr, flush=True)
        finally:  # also where standard error is a file on a full disk
            os._exit(failure.code)

    def install(self) -> None:
        """Also for what reaches the top of the main thread; the engine adds no stack of its own to it."""
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
        except Exception as other:  # the first failure is the one to tell
            log.warning("while ending: %s", explained(other).text)
        logging.shutdown()

    def _words(self, error: BaseException, failure: RootCause) -> str:
        trace = "".join(traceback.format_exception(error))
        place = f" (traceback: {self._saved_trace(trace)})" if failure.defect else ""
        return (trace if self._debug else "") + last_words(failure) + place

    def _saved_trace(self, trace: str) -> str:
        """Where the traceback is to be found."""
        file = self._var / TRACE
        try:
            file.write_text(trace)
        except OSError:  # a full disk: it can be had again
            return "run it again with HEADRACE_DEBUG=1"
        return str(file)
