"""Waits at start-up for the other processes of a cluster, for a limited time and with a log line.

The engine waits inside Rust, where no signal handler runs, and logs nothing. So a thread watches beside it and receives
signals through a pipe. It must not connect to the others: a foreign connection ends them.
"""

import os
import select
import signal
import threading
import time
from collections.abc import Callable, Sequence
from itertools import pairwise
from logging import getLogger
from typing import NoReturn

from connectors.errors import ExitCode, HeadraceError

log = getLogger(__name__)

FIRST_WORD_S = 10.0
NEXT_WORD_S = 60.0
_MET = b"\0"  # not a signal number


class PeersMissing(HeadraceError):
    """Not all processes of the cluster have connected."""

    exit_code = ExitCode.CLUSTER


class PeerDeadline:
    """Watches until `met` is called; ends the process if that takes longer than `patience_s`."""

    def __init__(self, addresses: str, patience_s: float, end: Callable[[BaseException], NoReturn]) -> None:
        self._addresses, self._patience_s, self._end = addresses, patience_s, end
        self._heard, self._signals = os.pipe()
        os.set_blocking(self._signals, False)

    def watch(self) -> None:
        """Starts watching; call it in the main thread."""
        signal.set_wakeup_fd(self._signals, warn_on_full_buffer=False)
        threading.Thread(target=self._wait, name="peers", daemon=True).start()

    def met(self) -> None:
        """Records that all processes are there."""
        os.write(self._signals, _MET)  # not closed, because the interpreter keeps writing signals to it

    def _wait(self) -> None:
        began, word_s = time.monotonic(), FIRST_WORD_S
        while not self._signalled(word_s):
            waited = time.monotonic() - began
            if waited >= self._patience_s:
                self._end(PeersMissing(self._words(f"did not connect within {waited:.0f} s")))
            log.warning(self._words("have not connected yet; waiting"))
            word_s = min(NEXT_WORD_S, max(0.0, self._patience_s - waited))

    def _signalled(self, seconds: float) -> bool:
        """Waits for a signal; returns whether all processes are there, and ends the process on another signal."""
        ready, _, _ = select.select([self._heard], [], [], min(seconds, self._patience_s))
        if ready and os.read(self._heard, 1) != _MET:
            self._end(PeersMissing(self._words("had not connected when this process was stopped")))
        return bool(ready)

    def _words(self, state: str) -> str:
        hint = "start each with the same -a and its own -i"
        return f"other processes of the cluster {state}: {self._addresses}; hint: {hint}"


class ProcessNotListed(HeadraceError):
    """The process number -i has no address in -a."""

    exit_code = ExitCode.WRONG


def others_of(arguments: Sequence[str]) -> str | None:
    """Returns the addresses in -a; None for a single process. Raises ProcessNotListed.

    >>> others_of(["flow", "-i", "0", "-a", "a:1;b:2"])
    'a:1, b:2'
    """
    options = dict(pairwise(arguments))
    addresses = options.get("-a") or options.get("--addresses") or os.environ.get("BYTEWAX_ADDRESSES")
    if not addresses or ";" not in addresses:
        return None
    number, count = options.get("-i") or options.get("--process-id") or "0", addresses.count(";") + 1
    if number.isdigit() and int(number) >= count:
        raise ProcessNotListed(f"-i {number}: -a lists {count} addresses; expected a number from 0 to {count - 1}")
    return addresses.replace(";", ", ")
