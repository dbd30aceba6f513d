"""Made-up streams of features to judge drift tools by: the same seed, the same windows. Needs nothing but numpy."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Reals = npt.NDArray[np.float64]
Draw = Callable[[np.random.Generator, int], Reals]
Change = Callable[[Reals, np.random.Generator, "Shape"], Reals]
POPULATION = 200_000
ENTITIES, HOT = 2_000, 40
SHARES = np.array([0.4, 0.25, 0.15, 0.1, 0.06, 0.04])


@dataclass(frozen=True)
class Shape:
    """How values are distributed; `mean`, `std`, `p95` are those of the population."""

    name: str
    draw: Draw
    mean: float
    std: float
    p95: float


def shape_of(name: str) -> Shape:
    """A shape with its population's figures."""
    values = DRAWS[name](np.random.default_rng(0), POPULATION)
    return Shape(name, DRAWS[name], float(values.mean()), float(values.std()), float(np.quantile(values, 0.95)))


def windows(shape: Shape, rows: int, many: int, seed: int, change: str = "none", since: int = 0) -> Iterator[Reals]:
    """The values of one feature in each window, NaN standing for null; changed from window `since` on."""
    rng = np.random.default_rng([seed, rows])
    draw = hot_entities(rng) if shape.name == "hot entities" else shape.draw
    for window in range(many):
        values = draw(rng, rows)
        yield CHANGES[change](values, rng, shape) if window >= since else values


def hot_entities(rng: np.random.Generator) -> Draw:
    """Each window a few of many entities, each again and again with nearly its own value: rows are not independent."""
    own, weights = rng.lognormal(3, 1, ENTITIES), 1 / np.arange(1, HOT + 1)

    def draw(rng: np.random.Generator, rows: int) -> Reals:
        active = rng.choice(ENTITIES, HOT, replace=False)
        values: Reals = own[rng.choice(active, rows, p=weights / weights.sum())]
        return values * (1 + 0.02 * rng.normal(size=rows))

    return draw


def _categories(rng: np.random.Generator, rows: int) -> Reals:
    return rng.choice(len(SHARES), rows, p=SHARES).astype(np.float64)


def _zero_inflated(rng: np.random.Generator, rows: int) -> Reals:
    return np.where(rng.random(rows) < 0.8, 0.0, rng.lognormal(3, 1, rows))


def _replaced(share: float, by: float) -> Change:
    def replace(values: Reals, rng: np.random.Generator, shape: Shape) -> Reals:
        return np.where(rng.random(len(values)) < share, by, values)

    return replace


DRAWS: dict[str, Draw] = {
    "normal": lambda rng, rows: rng.normal(100, 15, rows),
    "lognormal": lambda rng, rows: rng.lognormal(3, 1, rows),
    "student t3": lambda rng, rows: rng.standard_t(3, rows),
    "poisson 2": lambda rng, rows: rng.poisson(2, rows).astype(np.float64),
    "zero-inflated": _zero_inflated,
    "hot entities": lambda rng, rows: rng.lognormal(3, 1, rows),
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
    """Categories by name."""
    return [None if np.isnan(value) else f"c{int(value)}" for value in values.tolist()]
