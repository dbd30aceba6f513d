"""Lowers the priority of work that must not take the processor from others."""

import os

NICENESS = 10


def step_back() -> None:
    """Lowers the priority of this thread and its future threads, which still get some time under any load.

    They are not made idle threads (SCHED_IDLE), which could stall for seconds while holding the interpreter, and with
    it the threads that send alerts and draw urgent pictures.
    """
    os.nice(NICENESS)
