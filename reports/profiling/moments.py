"""Count, mean and variance that merge."""

import math

import msgspec


class Moments(msgspec.Struct, frozen=True, array_like=True):
    """Moments of finite numbers; `m2` is the sum of squared distances from the mean, infinite if beyond a double.

    Merge: Chan, Golub and LeVeque, "Updating Formulae and a Pairwise Algorithm for Computing Sample Variances", 1979.

    >>> Moments(2, 1.5, 0.5).merged(Moments(1, 6.0, 0.0))
    Moments(n=3, mean=3.0, m2=14.0)
    """

    n: int = 0
    mean: float = 0.0
    m2: float = 0.0

    def merged(self, other: "Moments") -> "Moments":
        """Merges two moments."""
        n = self.n + other.n
        if not self.n or not other.n:
            return self if self.n else other
        apart = other.mean - self.mean
        mean = self.mean + apart * (other.n / n)
        if not math.isfinite(mean):  # the distance exceeds a double, the mean does not
            mean = self.mean * (self.n / n) + other.mean * (other.n / n)
        return Moments(n, mean, self.m2 + other.m2 + apart * apart * (self.n * (other.n / n)))

    @property
    def std(self) -> float | None:
        """Returns the sample standard deviation (n - 1); None for fewer than two numbers or beyond a double."""
        return finite(math.sqrt(self.m2 / (self.n - 1))) if self.n > 1 else None


def finite(number: float) -> float | None:
    """Returns a number, or None if JSON cannot represent it."""
    return number if math.isfinite(number) else None
