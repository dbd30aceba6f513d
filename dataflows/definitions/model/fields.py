"""Base of all definition models: strict types, no unknown keys, errors that name the expectation."""

import math
import re
import unicodedata
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    StringConstraints,
)
from pydantic_core import CoreSchema, core_schema

from dataflows.definitions.model import durations
from dataflows.expectations import expected


class Model(BaseModel):
    """A frozen part of a definition; an unknown key is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)


@dataclass(frozen=True, slots=True)
class Matching:
    """Text that matches a pattern; `expectation` is the message if it does not."""

    pattern: str
    expectation: str

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        """Checks the pattern after the text itself is validated."""
        return core_schema.no_info_after_validator_function(self._check, handler(source))

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        """Adds the pattern to the JSON Schema, for editors."""
        return {**handler(schema), "pattern": self.pattern}

    def _check(self, text: str) -> str:
        if re.fullmatch(self.pattern, text, re.ASCII) is None:
            raise expected(self.expectation)
        return text


@dataclass(frozen=True, slots=True)
class DisplayText:
    """Text for people, of limited length and without characters that control a terminal."""

    max_length: int

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        """Checks the text after it is validated as a string."""
        return core_schema.no_info_after_validator_function(self._check, handler(source))

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        """Adds the length to the JSON Schema, for editors."""
        return {**handler(schema), "maxLength": self.max_length}

    def _check(self, text: str) -> str:
        if len(text) > self.max_length:
            raise expected(f"at most {self.max_length:,} characters", f"it has {len(text):,}")
        if any(unicodedata.category(character) in ("Cc", "Cs") and character not in "\n\t" for character in text):
            raise expected("text without control characters")
        return text


def once(values: tuple[str, ...]) -> tuple[str, ...]:
    """Checks that no entry of a list is repeated."""
    if twice := next((entry for index, entry in enumerate(values) if entry in values[:index]), None):
        raise expected("each entry once", f"{twice} occurs twice")
    return values


def _number(value: object) -> object:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise expected("a number")
    if not math.isfinite(value):
        raise expected("a finite number")
    return value


def _tuple(value: object) -> object:
    return tuple(value) if isinstance(value, list) else value


def _milliseconds(value: object) -> int:
    try:
        return durations.parse(value if isinstance(value, str) else str(value))
    except ValueError:
        raise expected(durations.EXPECTED, durations.hint(value)) from None


Listed = BeforeValidator(_tuple)
Text = Annotated[str, StringConstraints(min_length=1, strip_whitespace=True), DisplayText(1_000)]
Word = Annotated[str, StringConstraints(min_length=1, strip_whitespace=True), DisplayText(64)]
Number = Annotated[int | float, BeforeValidator(_number, json_schema_input_type=int | float)]
Duration = Annotated[
    int,
    BeforeValidator(_milliseconds, json_schema_input_type=str),
    Field(json_schema_extra={"type": "string", "pattern": f"^{durations.PATTERN}$"}),
]

NAME_MOST = 128
"""Most characters of a name: it becomes the name of a folder, a column, a step and a label."""
TOPIC_PART = r"(?!\.{1,2}(/|$))[A-Za-z0-9_.=:-]{1,200}"
Name = Annotated[
    str,
    Matching(
        f"^[a-z][a-z0-9_]{{0,{NAME_MOST - 1}}}$",
        f"lowercase letters, digits and _, starting with a letter, at most {NAME_MOST} characters",
    ),
]
ColumnName = Annotated[
    str,
    Matching(
        f"^[A-Za-z][A-Za-z0-9_]{{0,{NAME_MOST - 1}}}$",
        f"letters, digits and _, starting with a letter, at most {NAME_MOST} characters",
    ),
]
EntityId = Annotated[
    str,
    Matching(
        f"^[a-z][a-z0-9_]{{0,{NAME_MOST - 4}}}_id$",
        f"a lowercase entity key such as user_id, at most {NAME_MOST} characters",
    ),
]
Topic = Annotated[
    str,
    Matching(
        f"^persistent://{TOPIC_PART}/{TOPIC_PART}/{TOPIC_PART}$",
        "a full topic name such as persistent://public/default/raw-orders, each part of at most 200 characters",
    ),
]
Url = Annotated[
    str, Matching(r"^https?://[^/\s@]+(/\S*)?$", "an http(s) address without a password"), DisplayText(2_000)
]
Email = Annotated[
    str, Matching(r"^[^@\s]+@[^@\s]+\.[^@\s.]+$", "an email address such as risk-team@example.com"), DisplayText(254)
]
