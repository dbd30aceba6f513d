"""Waits for a server in a separate thread, so that the caller can prepare the next batch meanwhile."""

from collections.abc import Callable
from queue import SimpleQueue
from threading import Thread
from typing import Generic, TypeVar

Job = TypeVar("Job")


class PipelinedWorker(Generic[Job]):
    """Runs jobs one after another in a thread; at most one is in flight, which bounds the memory.

    `begin(job)` waits for the previous job, `settle()` for all; either raises the error of a job. The thread is a
    daemon: a process that ends for another reason does not wait for a server.

    >>> done = list[int]()
    >>> ahead = PipelinedWorker[int]("example", done.append)
    >>> ahead.begin(1), ahead.begin(2), ahead.settle(), done
    (None, None, None, [1, 2])
    >>> ahead.close()
    """

    def __init__(self, name: str, work: Callable[[Job], object]) -> None:
        self._work = work
        self._jobs, self._outcomes = SimpleQueue[Job | None](), SimpleQueue[BaseException | None]()
        self._under_way = False
        Thread(target=self._serve, name=name, daemon=True).start()

    def begin(self, job: Job) -> None:
        """Starts a job after settling the previous one; raises the error of that one."""
        self.settle()
        self._jobs.put(job)
        self._under_way = True

    def settle(self) -> None:
        """Waits for the job in flight; raises its error."""
        if self._under_way:
            outcome, self._under_way = self._outcomes.get(), False
            if outcome is not None:
                raise outcome

    def close(self) -> None:
        """Settles the last job and ends the thread."""
        try:
            self.settle()
        finally:
            self._jobs.put(None)

    def _serve(self) -> None:
        while (job := self._jobs.get()) is not None:
            self._outcomes.put(self._outcome(job))

    def _outcome(self, job: Job) -> BaseException | None:
        try:
            self._work(job)
        except BaseException as ex:  # raised in the caller's thread
            return ex
        return None
