"""Work that must not take the processor from anybody else."""

import os

NICENESS = 10
LAST = 19


def step_back() -> None:
    """This thread, and those that it starts, let others go first."""
    os.nice(NICENESS)


def let_all_go_first() -> None:
    """This thread gives way to all others and still gets a little, whatever the load.

    It is not made an idle thread (SCHED_IDLE): such a thread could stand still for seconds while it holds the
    interpreter, and with it the threads of this process that tell alerts.
    """
    os.nice(LAST)
