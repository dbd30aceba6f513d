"""Count, mean and spread that merge."""

import math

import msgspec


class Moments(msgspec.Struct, frozen=True, array_like=True):
    """Of finite numbers; `m2` is the sum of squared distances from the mean, infinite where that is beyond a double.

    Merge: Chan, Golub and LeVeque, "Updating Formulae and a Pairwise Algorithm for Computing Sample Variances", 1979.

    >>> Moments(2, 1.5, 0.5).merged(Moments(1, 6.0, 0.0))
    Moments(n=3, mean=3.0, m2=14.0)
    """

    n: int = 0
    mean: float = 0.0
    m2: float = 0.0

    def merged(self, other: "Moments") -> "Moments":
        """Of both."""
        n = self.n + other.n
        if not self.n or not other.n:
            return self if self.n else other
        apart = other.mean - self.mean
        mean = self.mean + apart * (other.n / n)
        if not math.isfinite(mean):  # the distance is beyond a double, the mean is not
            mean = self.mean * (self.n / n) + other.mean * (other.n / n)
        return Moments(n, mean, self.m2 + other.m2 + apart * apart * (self.n * (other.n / n)))

    @property
    def std(self) -> float | None:
        """The sample standard deviation (n - 1); None of fewer than two numbers or beyond a double."""
        return finite(math.sqrt(self.m2 / (self.n - 1))) if self.n > 1 else None


def finite(number: float) -> float | None:
    """A number, None in place of one that JSON cannot hold."""
    return number if math.isfinite(number) else None
