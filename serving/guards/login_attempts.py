"""Limits the rate of wrong tokens, per client and in total."""

import ipaddress
from collections import OrderedDict, deque
from collections.abc import Callable

WRONG_ONES, WITHIN_S = 10, 60.0
WRONG_ONES_OF_ALL = 200
MOST_CLIENTS = 10_000


class LoginAttempts:
    """Counts the wrong tokens of the last minute, per client and in total. `clock` returns seconds.

    >>> attempts = LoginAttempts(clock=lambda: 0.0)
    >>> for _ in range(WRONG_ONES):
    ...     attempts.wrong("10.0.0.1")
    >>> attempts.wait("10.0.0.1"), attempts.wait("10.0.0.2")
    (60, 0)
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._wrong: OrderedDict[str, deque[float]] = OrderedDict()
        self._all: deque[float] = deque(maxlen=WRONG_ONES_OF_ALL)

    def wrong(self, address: str | None) -> None:
        """Counts a wrong token."""
        client = _client(address)
        given = self._wrong.setdefault(client, deque(maxlen=WRONG_ONES))
        given.append(self._clock())
        self._all.append(self._clock())
        self._wrong.move_to_end(client)
        if len(self._wrong) > MOST_CLIENTS:
            self._wrong.popitem(last=False)

    def wait(self, address: str | None) -> int:
        """Returns the seconds until a client may try again; 0 for now."""
        return max(self._left(self._wrong.get(_client(address))), self._left(self._all))

    def _left(self, given: deque[float] | None) -> int:
        if given is None or len(given) < (given.maxlen or 0):
            return 0
        return max(0, int(-(-(given[0] + WITHIN_S - self._clock()) // 1)))


def _client(address: str | None) -> str:
    """Identifies a client by its address; for IPv6 by its /64 network, which belongs to one household or machine.

    >>> _client("2001:db8::1") == _client("2001:db8::2")
    True
    """
    try:
        parsed = ipaddress.ip_address(address or "")
    except ValueError:
        return address or ""
    return str(parsed) if parsed.version == 4 else str(int(parsed) >> 64)
