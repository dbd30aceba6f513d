"""Measures the idle share of the machine's processors (Linux)."""

from pathlib import Path

STAT = Path("/proc/stat")
NICE, IDLE, WAITING = 1, 3, 4  # columns: niced work counts as idle, because it gives way


class SpareProcessors:
    """Returns the share of processor time since the last call that was idle or niced; 1 if unknown.

    >>> 0 <= SpareProcessors()() <= 1
    True
    """

    def __init__(self, stat: Path = STAT) -> None:
        self._stat = stat
        self._before = self._read()

    def __call__(self) -> float:
        """Returns the share, from 0 to 1; 1 if no time has passed."""
        before, now = self._before, self._read()
        spent = [after - earlier for after, earlier in zip(now, before, strict=False)]
        if not sum(spent):
            return 1.0
        self._before = now
        return (spent[NICE] + spent[IDLE] + spent[WAITING]) / sum(spent)

    def _read(self) -> list[int]:
        try:
            line = self._stat.read_text().partition("\n")[0]
        except OSError:  # not Linux, or hidden
            return []
        return [int(ticks) for ticks in line.split()[1:9]]
