"""Work that must not take the processor from anybody else."""

import os
from contextlib import suppress

NICENESS = 10


def step_back() -> None:
    """This thread, and those that it starts, let others go first."""
    os.nice(NICENESS)


def take_what_is_left() -> None:
    """This thread runs only while the processor would be idle, where the system knows that (Linux).

    A nicer thread still delays others by the time slice it is in; an idle one gives way at once.
    """
    if hasattr(os, "SCHED_IDLE"):
        with suppress(PermissionError):  # a container may forbid it; it stays nice
            os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))
