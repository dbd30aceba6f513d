"""Values that came out as null because they could not be computed, counted by feature and reason."""

from typing import NamedTuple

from dataflows.kernels.arrays import Ints


class Nulled(NamedTuple):
    """How many values of a feature became null for one reason, such as `overflow` or `not_finite`.

    `rows` are the places of those that a row holds, None where values are no rows'.
    """

    feature: str
    why: str
    values: int
    rows: Ints | None = None
