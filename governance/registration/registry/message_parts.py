"""Encodes revisions as messages of a log: in parts that any broker accepts, complete or ignored."""

from collections.abc import Iterable, Iterator, Sequence
from secrets import token_hex

from connectors.errors import UNDECODABLE
from connectors.pulsar import LogMessage
from governance.registration.registry.document import InvalidRegistry
from governance.registration.registry.revision import Revision, decoded, encoded

PART_BYTES = 500_000


def parts_of(revision: Revision) -> list[LogMessage]:
    """Returns the messages of a revision; the last one completes it."""
    payload, writing = encoded(revision), token_hex(8)
    pieces = [payload[first : first + PART_BYTES] for first in range(0, len(payload), PART_BYTES)]
    return [
        LogMessage(
            f"revision/{revision.number}",
            piece,
            {"writing": writing, "part": str(number), "parts": str(len(pieces))},
        )
        for number, piece in enumerate(pieces, 1)
    ]


def revisions_in(messages: Iterable[LogMessage]) -> Iterator[Revision]:
    """Yields the revisions whose parts are complete, in order; skips other messages.

    Raises InvalidRegistry.
    """
    begun: list[LogMessage] = []
    for message in filter(_is_part, messages):
        begun = [*begun, message] if _goes_on(begun, message) else [message]
        if message.properties["part"] == message.properties["parts"] and _is_whole(begun):
            yield _joined(begun)
            begun = []


def _is_part(message: LogMessage) -> bool:
    return {"writing", "part", "parts"} <= message.properties.keys()


def _goes_on(begun: Sequence[LogMessage], message: LogMessage) -> bool:
    return bool(begun) and begun[-1].properties["writing"] == message.properties["writing"]


def _is_whole(begun: Sequence[LogMessage]) -> bool:
    return [message.properties["part"] for message in begun] == [str(number + 1) for number in range(len(begun))]


def _joined(parts: Sequence[LogMessage]) -> Revision:
    try:
        return decoded(b"".join(part.payload or b"" for part in parts))
    except UNDECODABLE as error:
        raise InvalidRegistry(f"{parts[0].key} is damaged: {error!s:.200}") from error
