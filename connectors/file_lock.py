"""Takes exclusive locks of files, which the system releases when their last holder ends."""

import fcntl


def try_lock(descriptor: int) -> bool:
    """Locks an open file without waiting; returns False if another process holds the lock."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
