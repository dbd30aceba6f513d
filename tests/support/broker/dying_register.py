"""Runs a process that registers and is killed at its n-th request or message, before or after the broker has it."""

import multiprocessing
import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

from connectors.pulsar import LogWriter, PulsarAdmin
from dataflows.definitions import load
from dataflows.runtime.settings import Settings
from governance.registration.registering import register
from governance.registration.registry import RegistrationContext

PROCESSES = multiprocessing.get_context("forkserver")
PROCESSES.set_forkserver_preload(["governance.registration.registering", "tests.support.broker.dying_register"])
ACT = RegistrationContext(by="tests@example.com", at=1, reason="a test")


def register_and_die(settings: dict[str, Any], folder: Path, step: int, *, after: bool) -> bool:
    """Returns whether the process reached its step and was killed there."""
    process = PROCESSES.Process(target=_dying, args=(settings, folder, step, after))
    process.start()
    process.join(300)
    assert process.exitcode in (0, -signal.SIGKILL), process.exitcode
    return process.exitcode != 0


def _dying(settings: dict[str, Any], folder: Path, step: int, after: bool) -> None:
    left = [step]
    for owner, name in ((PulsarAdmin, "send"), (LogWriter, "write")):
        setattr(owner, name, _counted(getattr(owner, name), left, after))
    register(Settings(**settings), folder, load(folder), ACT, lambda _: None)


def _counted(call: Callable[..., Any], left: list[int], after: bool) -> Callable[..., Any]:
    def counted(*arguments: Any, **named: Any) -> Any:
        left[0] -= 1
        if left[0] == 0 and not after:
            os.kill(os.getpid(), signal.SIGKILL)
        try:
            return call(*arguments, **named)
        finally:
            if left[0] == 0:
                os.kill(os.getpid(), signal.SIGKILL)

    return counted
