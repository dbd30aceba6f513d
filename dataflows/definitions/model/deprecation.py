"""Models the deprecation of a definition: since when, what to read instead, and until when it stays."""

import re
from datetime import UTC, date, datetime
from functools import cached_property
from typing import Annotated, Any, Self

from pydantic import BeforeValidator, Field, model_validator

from dataflows.definitions.model.fields import Model
from dataflows.expectations import expected

_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)


def _date(value: object) -> date:
    if isinstance(value, date):
        return value
    try:
        if isinstance(value, str) and _DATE.fullmatch(value):
            return date.fromisoformat(value)
    except ValueError:
        pass  # such as 2026-02-30
    raise expected("a date such as 2026-12-31")


Date = Annotated[
    date,
    BeforeValidator(_date, json_schema_input_type=str),
    Field(json_schema_extra={"type": "string", "format": "date"}),
]


class Deprecation(Model):
    """The notice that readers of a feature or a feature set get before it is removed."""

    since: Annotated[Date, Field(description="Date from which nobody should start to read it.")]
    use: Annotated[str | None, Field(description="Name of the feature or set to read instead.")] = None
    remove_after: Annotated[Date | None, Field(description="Last date on which it is guaranteed to exist.")] = None

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.remove_after is not None and self.remove_after < self.since:
            raise expected("a date of removal that is not before `since`")
        return self

    @cached_property
    def facts(self) -> dict[str, str]:
        """Returns the fields that are set, as texts."""
        written: dict[str, Any] = self.model_dump(mode="json", exclude_none=True)
        return written

    @property
    def words(self) -> str:
        """Words the notice for readers.

        >>> Deprecation(since="2026-11-01", use="spend_2h", remove_after="2027-01-31").words
        'deprecated since 2026-11-01: read spend_2h instead; it stays until 2027-01-31'
        """
        instead = f": read {self.use} instead" if self.use else ""
        until = f"; it stays until {self.remove_after}" if self.remove_after else ""
        return f"deprecated since {self.since}{instead}{until}"

    def overdue(self, now_ms: int) -> bool:
        """Returns whether the last day of the definition has passed, in UTC."""
        today = datetime.fromtimestamp(now_ms / 1000, UTC).date()
        return self.remove_after is not None and self.remove_after < today

    def words_at(self, now_ms: int) -> str:
        """Words the notice at a time (ms since 1970); says so if the day of removal has passed.

        >>> Deprecation(since="2026-11-01", remove_after="2027-01-31").words_at(1_900_000_000_000)
        'deprecated since 2026-11-01; its last day was 2027-01-31, so it can go any day'
        """
        if not self.overdue(now_ms):
            return self.words
        passed = f"its last day was {self.remove_after}, so it can go any day"
        return f"{self.model_copy(update={'remove_after': None}).words}; {passed}"
