"""Models the validation rules that a definition can set for its values. One class, one row."""

import re
from typing import Annotated, ClassVar, Literal, Self

import polars as pl
from pydantic import BeforeValidator, Field, model_validator

from dataflows.definitions.model.durations import LONGEST_MS
from dataflows.definitions.model.fields import Duration, Listed, Model, Number
from dataflows.expectations import expected

NUMBERS = frozenset({"INT32", "INT64", "FLOAT", "DOUBLE"})
MOST_LENGTH = 2**31 - 1
SCALARS = NUMBERS | {"STRING", "BOOL", "TIMESTAMP"}


def _scalar(value: object) -> object:
    if not isinstance(value, str | bool | int | float):
        raise expected("a text, number or truth value")
    return value


Scalar = Annotated[str | bool | int | float, BeforeValidator(_scalar, json_schema_input_type=str | bool | int | float)]


class Rule(Model):
    """A rule; `flag` counts and reports a violation, `quarantine` also withholds the value from readers."""

    on_violation: Literal["flag", "quarantine"] = "flag"

    applies_to: ClassVar[frozenset[str]] = SCALARS | {"ARRAY"}


class NotNull(Rule):
    """Requires a value."""

    rule: Literal["not_null"]


class Range(Rule):
    """Requires a value within bounds, both inclusive; one may be omitted."""

    rule: Literal["range"]
    min: Number | None = None
    max: Number | None = None

    applies_to: ClassVar[frozenset[str]] = NUMBERS

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        _check_order(self.min, self.max)
        return self


class AllowedValues(Rule):
    """Requires a value from a list."""

    rule: Literal["allowed_values"]
    values: Annotated[tuple[Scalar, ...], Field(min_length=1), Listed]

    applies_to: ClassVar[frozenset[str]] = SCALARS - {"TIMESTAMP"}


class Regex(Rule):
    """Requires that the whole text matches a regular expression."""

    rule: Literal["regex"]
    pattern: str

    applies_to: ClassVar[frozenset[str]] = frozenset({"STRING"})

    @model_validator(mode="after")
    def _compiles(self) -> Self:
        try:
            re.compile(self.pattern)
            pl.select(pl.lit("").str.contains(self.pattern), pl.lit("").str.contains(self.whole).alias("whole"))
        except re.error as error:
            raise expected("a regular expression", str(error)) from None
        except pl.exceptions.ComputeError:
            raise expected("a regular expression", "without look-around and back-references") from None
        return self

    @property
    def whole(self) -> str:
        """Returns the expression anchored at both ends."""
        return f"^(?:{self.pattern})$"


class Length(Rule):
    """Requires a number of characters of a text, or of elements of an array, within bounds, both inclusive."""

    rule: Literal["length"]
    min: Annotated[int, Field(ge=0, le=MOST_LENGTH)] | None = None
    max: Annotated[int, Field(ge=0, le=MOST_LENGTH)] | None = None

    applies_to: ClassVar[frozenset[str]] = frozenset({"STRING", "ARRAY"})

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        _check_order(self.min, self.max)
        return self


class MaxAge(Rule):
    """Limits the age of a row: `seconds: 3600` or `duration: 1h`."""

    rule: Literal["max_age"]
    seconds: Annotated[int, Field(ge=1, le=LONGEST_MS // 1000)] | None = None
    duration: Duration | None = None

    @model_validator(mode="after")
    def _exactly_one(self) -> Self:
        if (self.seconds is None) == (self.duration is None):
            raise expected("either seconds or duration")
        return self

    @property
    def max_age_ms(self) -> int:
        """Returns the greatest age (ms)."""
        return self.duration or (self.seconds or 0) * 1000


class Monotonic(Rule):
    """Requires that an entity's value moves in one direction only."""

    rule: Literal["monotonic"]
    direction: Literal["increasing", "decreasing"]

    applies_to: ClassVar[frozenset[str]] = NUMBERS | {"TIMESTAMP"}


class UniqueRatio(Rule):
    """Requires that at least this share (0 to 1) of the values in an interval is distinct."""

    rule: Literal["unique_ratio"]
    min: Annotated[float, Field(gt=0, le=1)]

    applies_to: ClassVar[frozenset[str]] = SCALARS


RULES: tuple[type[Rule], ...] = (
    NotNull,
    Range,
    AllowedValues,
    Regex,
    Length,
    MaxAge,
    Monotonic,
    UniqueRatio,
)
AnyRule = Annotated[
    NotNull | Range | AllowedValues | Regex | Length | MaxAge | Monotonic | UniqueRatio,
    Field(discriminator="rule"),
]


def _check_order(low: float | None, high: float | None) -> None:
    if low is None and high is None:
        raise expected("min, max or both")
    if low is not None and high is not None and low > high:
        raise expected("min at most max")
