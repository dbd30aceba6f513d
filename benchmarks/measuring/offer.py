"""Publishes order events at a steady rate, until killed: `python -m benchmarks.measuring.offer URL ADMIN_URL TOPIC
RATE`."""

import itertools
import sys
import time

from benchmarks import w12
from connectors.pulsar import Publisher, PulsarConnection

TICK_S = 0.005


def main() -> None:
    """Publishes every 5 ms the events that are due, dated now."""
    url, admin_url, topic, rate = sys.argv[1:]
    payloads = itertools.cycle(w12.payloads(100_000))
    publisher = Publisher(topic, PulsarConnection(url, admin_url))
    begun, sent = time.monotonic(), 0
    while True:
        due = int((time.monotonic() - begun) * int(rate)) - sent
        due_payloads = w12.recent(list(itertools.islice(payloads, due)), within_ms=1)
        publisher.send([str(n % 997) for n in range(sent, sent + due)], due_payloads)
        sent += due
        time.sleep(TICK_S)


if __name__ == "__main__":
    main()
