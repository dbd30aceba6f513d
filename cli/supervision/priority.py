"""Work that must not take the processor from anybody else."""

import os

NICENESS = 10


def step_back() -> None:
    """This thread, and those that it starts, let others go first, and still get something whatever the load.

    None is made an idle thread (SCHED_IDLE): it could stand still for seconds while it holds the interpreter, and
    with it the threads of this process that tell alerts and draw what fires.
    """
    os.nice(NICENESS)
