"""Models a generated example: events of an entity, their arrival, and the time of the question."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from governance.checking.laws.engine import ArrivedEvents, GeneratedEvent


@dataclass(frozen=True, slots=True)
class FuzzExample:
    """Events of the entity, all before `at` (ms); `order` lists their numbers in the order of arrival.

    They arrive in batches: a new one begins after each position of that order in `cuts`.
    """

    events: tuple[GeneratedEvent, ...]
    at: int
    order: tuple[int, ...]
    cuts: frozenset[int]

    @property
    def in_time(self) -> tuple[GeneratedEvent, ...]:
        """Returns the events in the order of time."""
        return tuple(sorted(self.events, key=lambda event: event.time_ms))

    @property
    def arrived(self) -> tuple[GeneratedEvent, ...]:
        """Returns the events in the order of arrival."""
        return tuple(self.events[number] for number in self.order)

    def without(self, number: int) -> "FuzzExample":
        """Returns the example without one of several events; batches end where they ended."""
        left = self.order.index(number)
        events = tuple(event for place, event in enumerate(self.events) if place != number)
        order = tuple(place - (place > number) for place in self.order if place != number)
        return replace(self, events=events, order=order, cuts=frozenset(cut - (cut >= left) for cut in self.cuts))

    @property
    def each_alone(self) -> "FuzzExample":
        """Returns the example with a batch for each event."""
        return replace(self, cuts=frozenset(range(len(self.events))))

    def together(self, events: Sequence[GeneratedEvent]) -> list[ArrivedEvents]:
        """Returns all events at once, when the last of them has happened."""
        return deliveries(events, frozenset())

    def cut(self, events: Sequence[GeneratedEvent]) -> list[ArrivedEvents]:
        """Returns the events in batches, each when the newest event so far has happened."""
        return deliveries(events, self.cuts)

    def one_by_one(self) -> list[ArrivedEvents]:
        """Returns each event when it happens."""
        return deliveries(self.in_time, frozenset(range(len(self.events))))


def deliveries(events: Sequence[GeneratedEvent], cuts: frozenset[int]) -> list[ArrivedEvents]:
    """Returns events in batches, in order."""
    batches, clock = [list[GeneratedEvent]()], 0
    made = list[ArrivedEvents]()
    for number, event in enumerate(events):
        batches[-1].append(event)
        if number in cuts:
            batches.append([])
    for batch in filter(None, batches):
        clock = max(clock, *(event.time_ms + 1 for event in batch))
        made.append(ArrivedEvents(tuple(batch), clock))
    return made
