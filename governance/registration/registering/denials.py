"""What a role may not read, told in one line for each consequence."""

import logging

from connectors.pulsar import AccessDenied

log = logging.getLogger(__name__)


class Denials:
    """What a role may not read: one line for each kind, whatever the number of topics."""

    def __init__(self) -> None:
        self._by_consequence = dict[str, list[AccessDenied]]()

    def note(self, denied: AccessDenied, consequence: str) -> None:
        """What is denied, and what follows from it."""
        self._by_consequence.setdefault(consequence, []).append(denied)

    def log(self) -> None:
        """Says it all."""
        for consequence, denied in self._by_consequence.items():
            more = f" (and {len(denied) - 1} more topics)" if len(denied) > 1 else ""
            log.warning("%s%s; %s", denied[0], more, consequence)
