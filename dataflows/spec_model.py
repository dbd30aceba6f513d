"""What the models of definitions share: strict types, no unknown keys, errors that say what was expected."""

import math
import re
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
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

from dataflows import durations

EXPECTED = "expected"


class Model(BaseModel):
    """A frozen part of a definition; a key it does not know is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)


def expected(what: str, hint: str = "") -> PydanticCustomError:
    """An error of a field, in the words of DefinitionError."""
    return PydanticCustomError(EXPECTED, "expected {expected}", {"expected": what, "hint": hint})


@dataclass(frozen=True, slots=True)
class Matching:
    """Text that matches a pattern; `what` is said when it does not."""

    pattern: str
    what: str

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        """Checks after the text itself is checked."""
        return core_schema.no_info_after_validator_function(self._check, handler(source))

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        """The pattern, for editors."""
        return {**handler(schema), "pattern": self.pattern}

    def _check(self, text: str) -> str:
        if re.fullmatch(self.pattern, text, re.ASCII) is None:
            raise expected(self.what)
        return text


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
        raise expected(durations.EXPECTED) from None


Listed = BeforeValidator(_tuple)
Text = Annotated[str, StringConstraints(min_length=1, strip_whitespace=True)]
Number = Annotated[int | float, BeforeValidator(_number, json_schema_input_type=int | float)]
Duration = Annotated[
    int,
    BeforeValidator(_milliseconds, json_schema_input_type=str),
    Field(json_schema_extra={"type": "string", "pattern": f"^{durations.PATTERN}$"}),
]

Name = Annotated[str, Matching("^[a-z][a-z0-9_]*$", "lower case letters, digits and _, a letter first")]
ColumnName = Annotated[str, Matching("^[A-Za-z][A-Za-z0-9_]*$", "letters, digits and _, a letter first")]
EntityId = Annotated[str, Matching("^[a-z][a-z0-9_]*_id$", "an entity key in lower case such as user_id")]
Topic = Annotated[
    str,
    Matching(
        "^persistent://[A-Za-z0-9_.=:-]+/[A-Za-z0-9_.=:-]+/[A-Za-z0-9_.=:-]+$",
        "a full topic name such as persistent://public/default/raw-orders",
    ),
]
Email = Annotated[str, Matching(r"^[^@\s]+@[^@\s]+\.[^@\s.]+$", "an e-mail address such as risk-team@example.com")]
