"""Collects what a role may not read, and logs one line per consequence."""

import logging

from connectors.pulsar import AccessDenied

log = logging.getLogger(__name__)


class Denials:
    """What a role may not read: one line per consequence, whatever the number of topics."""

    def __init__(self) -> None:
        self._by_consequence = dict[str, list[AccessDenied]]()

    def note(self, denied: AccessDenied, consequence: str) -> None:
        """Notes a denial and its consequence."""
        self._by_consequence.setdefault(consequence, []).append(denied)

    def log(self) -> None:
        """Logs all denials."""
        for consequence, denied in self._by_consequence.items():
            more = f" (and {len(denied) - 1} more topics)" if len(denied) > 1 else ""
            log.warning("%s%s; %s", denied[0], more, consequence)
