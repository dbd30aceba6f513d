"""Values that came out as null because they could not be computed, counted by feature and reason."""

from typing import NamedTuple


class Nulled(NamedTuple):
    """How many values of a feature became null for one reason, such as `overflow` or `not_finite`."""

    feature: str
    why: str
    values: int
