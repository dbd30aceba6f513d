"""Runs a command beside a run: `python -m cli.parent_guard PARENT COMMAND...` ends whenever its parent ends.

Without this, a killed run would leave its pages on their port, and its alerts would be sent twice.
"""

import os
import signal
import sys
import threading
import time

from cli import entry

LOOK_S = 1.0


def main(parent: int, arguments: list[str]) -> None:
    """Runs the command for as long as the parent lives."""
    threading.Thread(target=follow, args=(parent,), daemon=True).start()
    entry.main(arguments)


def follow(parent: int) -> None:
    """Asks this process to stop when its parent has ended."""
    while os.getppid() == parent:
        time.sleep(LOOK_S)
    os.kill(os.getpid(), signal.SIGTERM)


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2:])
