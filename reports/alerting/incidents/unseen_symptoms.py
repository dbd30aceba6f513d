"""Holds symptoms that fired in an earlier run and are unknown to this one, restored from an older state or none."""

from collections.abc import Collection, Iterable

from reports.incidents import Incident, Symptom

Unseen = tuple[Incident, Symptom]


class UnseenSymptoms:
    """Firing symptoms of earlier incidents, until this run sees them fire as well, or gives them up."""

    def __init__(self) -> None:
        self._unseen: dict[str, Unseen] = {}
        self._seen: set[str] | None = set()  # this run may end a symptom before it reads the earlier incidents

    def expect(self, earlier: Iterable[Incident], known: Collection[str]) -> None:
        """Takes the firing symptoms of earlier incidents, except known ones."""
        for incident in earlier:
            for symptom in incident.symptoms:
                if symptom.end_ms is None and symptom.key not in known and symptom.key not in (self._seen or ()):
                    self._unseen[symptom.key] = incident, symptom

    def see(self, key: str) -> None:
        """Notes that a symptom fires or ends in this run."""
        self._unseen.pop(key, None)
        if self._seen is not None:
            self._seen.add(key)

    def give_up(self, waiting: Collection[str]) -> list[Unseen]:
        """Removes and returns the symptoms, except those that wait to fire."""
        self._seen = None
        given_up = [entry for key, entry in self._unseen.items() if key not in waiting]
        for _, symptom in given_up:
            del self._unseen[symptom.key]
        return given_up
