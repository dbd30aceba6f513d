"""Words why a payload is not an event of its source: a reason that is counted, and a sentence for people."""

import re
from dataclasses import dataclass

import msgspec

from connectors.errors import UNDECODABLE
from dataflows.definitions import Source
from dataflows.ingest.decoding.iso_times import lacks_zone
from dataflows.ingest.decoding.standard_json import field_of

SHOWN = 60  # characters of a value that a sentence shows
EXPECTED = {
    "STRING": "a string",
    "INT32": "a whole number from -2147483648 to 2147483647",
    "INT64": "a whole number from -9223372036854775808 to 9223372036854775807",
    "FLOAT": "a number that a double can hold",
    "DOUBLE": "a number that a double can hold",
    "BOOL": "true or false",
    "TIMESTAMP": "an ISO 8601 time with a zone, such as 2026-01-01T00:00:00Z",
}
_FIELD = re.compile(r"`\$\.(.*)`$", re.DOTALL)
_NAMED = re.compile(r"`([^`]*)`$")
_HALF_PAIR = re.compile(rb"\\u[dD][89a-fA-F]")


@dataclass(frozen=True, slots=True)
class RejectedEvent:
    """A rejected event with its reason; `row` is its position in the batch, `time_ms` its time if it could be read."""

    row: int
    reason: str
    detail: str
    time_ms: int | None = None


class RefusalReasons:
    """Words the reasons for rejecting events of one source."""

    def __init__(self, source: Source) -> None:
        self._source = source

    def of_error(self, error: Exception, payload: bytes, nulled: bool) -> tuple[str, str]:
        """Maps a decoder exception to a reason and a sentence; `nulled` if NaN or Infinity was replaced with null."""
        if not isinstance(error, msgspec.ValidationError):
            return "malformed", _malformed(error, payload)
        text = str(error)
        if match := _FIELD.search(text):
            return self._of_field(match[1], payload, nulled)
        name = match[1] if (match := _NAMED.search(text)) else ""
        if "missing required field" in text:
            return "missing_field", f"{name} is missing; source {self._source.name} requires it"
        if "unknown field" in text:
            return (
                "unknown_field",
                f"{_cut(name)} is not a column of source {self._source.name}, which rejects unknown fields",
            )
        return "wrong_type", f"the payload is {_cut(payload.decode(errors='replace'))}; expected a JSON object"

    def of_value(self, column: str, value: str, nulled: bool = False) -> str:
        """Words the rejection of a value, given as JSON, that does not fit its column."""
        if value == "null":
            value = "not finite (NaN or Infinity)" if nulled else "null"
            return f"{column} is {value}; expected {self._expected(column)}, because the source requires it"
        return f"{column} is {_cut(value)}; expected {self._expected(column)}"

    def of_time(self, column: str, text: str) -> str:
        """Words the rejection of a text that is not a time with a zone."""
        sentence = self.of_value(column, msgspec.json.encode(text).decode())
        return f"{sentence}; it has no time zone" if lacks_zone(text) else sentence

    def _of_field(self, column: str, payload: bytes, nulled: bool) -> tuple[str, str]:
        """Words a wrong field; checks the whole payload, because the decoder stops at the first mistake and more may be
        broken."""
        try:
            return "wrong_type", self.of_value(column, field_of(payload, column), nulled)
        except UNDECODABLE as error:
            return "malformed", _malformed(error, payload)

    def _expected(self, column: str) -> str:
        kind = self._source.columns[column]
        return f"{EXPECTED[kind]} ({kind})"


def _malformed(error: Exception, payload: bytes) -> str:
    if not payload.strip():
        return "the payload is empty; expected a JSON object"
    if isinstance(error, RecursionError):
        return "the payload is nested too deeply; expected a JSON object of flat fields"
    if isinstance(error, UnicodeDecodeError):
        return f"the payload is not UTF-8 ({error.reason}); expected a JSON object in UTF-8"
    if _HALF_PAIR.search(payload) and "truncated" in str(error):
        return "the payload is truncated or contains half a surrogate pair; expected a JSON object in UTF-8"
    return f"the payload is not a JSON object: {str(error).removeprefix('JSON is malformed: ')}"


def _cut(text: str) -> str:
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}..."
