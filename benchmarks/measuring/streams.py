"""Generates streams of features for judging drift tools: the same seed gives the same windows. Needs only numpy."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Reals = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Draw = Callable[[np.random.Generator, int], Reals]
Change = Callable[[Reals, np.random.Generator, "Shape"], Reals]
POPULATION = 200_000
ENTITIES, HOT = 20_000, 40
HOT_SHARES = {"hot entities": 0.5, "very hot entities": 0.9}
"""Shapes mapped to the share of rows that the hot entities of a window make; the other rows belong to any entity."""
SHARES = np.array([0.4, 0.25, 0.15, 0.1, 0.06, 0.04])


@dataclass(frozen=True)
class Shape:
    """A distribution of values; `mean`, `std` and `p95` are those of the population."""

    name: str
    draw: Draw
    mean: float
    std: float
    p95: float


def shape_of(name: str) -> Shape:
    """Returns a shape with its population's figures."""
    values = DRAWS[name](np.random.default_rng(0), POPULATION)
    return Shape(name, DRAWS[name], float(values.mean()), float(values.std()), float(np.quantile(values, 0.95)))


class Window(NamedTuple):
    """The rows of a window in order: the entity of each and its value, NaN for null."""

    entities: Ints
    values: Reals

    def last(self) -> Reals:
        """Returns the last value of each entity."""
        _, places = np.unique(self.entities[::-1], return_index=True)
        return self.values[::-1][places]


def windows(shape: Shape, rows: int, many: int, seed: int, change: str = "none", since: int = 0) -> Iterator[Window]:
    """Yields the rows of one feature in each window; changed from window `since` on."""
    rng = np.random.default_rng([seed, rows])
    rows_of = hot_entities(rng, HOT_SHARES[shape.name]) if shape.name in HOT_SHARES else independent(shape.draw)
    for window in range(many):
        drawn = rows_of(rng, rows)
        yield drawn._replace(values=CHANGES[change](drawn.values, rng, shape)) if window >= since else drawn


def independent(draw: Draw) -> Callable[[np.random.Generator, int], Window]:
    """Gives each row a different entity."""
    return lambda rng, rows: Window(np.arange(rows), draw(rng, rows))


def hot_entities(rng: np.random.Generator, share: float) -> Callable[[np.random.Generator, int], Window]:
    """Lets a few of many entities make a share of the rows, others in each window, each with a nearly constant
    value."""
    own, weights = rng.lognormal(3, 1, ENTITIES), 1 / np.arange(1, HOT + 1)

    def rows_of(rng: np.random.Generator, rows: int) -> Window:
        active = rng.choice(ENTITIES, HOT, replace=False)
        hot = rng.choice(active, rows, p=weights / weights.sum())
        entities = np.where(rng.random(rows) < share, hot, rng.integers(ENTITIES, size=rows))
        return Window(entities, own[entities] * (1 + 0.02 * rng.normal(size=rows)))

    return rows_of


def _categories(rng: np.random.Generator, rows: int) -> Reals:
    return rng.choice(len(SHARES), rows, p=SHARES).astype(np.float64)


def _lognormal(rng: np.random.Generator, rows: int) -> Reals:
    return rng.lognormal(3, 1, rows)


def _zero_inflated(rng: np.random.Generator, rows: int) -> Reals:
    return np.where(rng.random(rows) < 0.8, 0.0, rng.lognormal(3, 1, rows))


def _replaced(share: float, by: float) -> Change:
    def replace(values: Reals, rng: np.random.Generator, shape: Shape) -> Reals:
        return np.where(rng.random(len(values)) < share, by, values)

    return replace


DRAWS: dict[str, Draw] = {
    "normal": lambda rng, rows: rng.normal(100, 15, rows),
    "lognormal": _lognormal,
    "student t3": lambda rng, rows: rng.standard_t(3, rows),
    "poisson 2": lambda rng, rows: rng.poisson(2, rows).astype(np.float64),
    "zero-inflated": _zero_inflated,
    **dict.fromkeys(HOT_SHARES, _lognormal),
    "categories": _categories,
}
CHANGES: dict[str, Change] = {
    "none": lambda values, rng, shape: values,
    "shift 0.5": lambda values, rng, shape: values + 0.5 * shape.std,
    "scale 1.5": lambda values, rng, shape: shape.mean + 1.5 * (values - shape.mean),
    "nulls 20 %": _replaced(0.2, np.nan),
    "new category 10 %": _replaced(0.1, float(len(SHARES))),
}
NUMBERS = tuple(name for name in DRAWS if name != "categories")


def as_text(values: Reals) -> list[str | None]:
    """Returns the names of categories."""
    return [None if np.isnan(value) else f"c{int(value)}" for value in values.tolist()]
