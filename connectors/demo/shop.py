"""Simulates a demo shop: visits, purchases and logins as rows; `traffic` turns them into messages.

Everything is drawn from one `numpy.random.Generator`, batch by batch: the same seed gives the same rows.
"""

from dataclasses import dataclass
from enum import IntEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Rows = NDArray[Any]  # structured rows: ORDER or LOGIN

HOUR_MS = 3_600_000
GUEST = -1
WEEKEND = 1.4
REMEMBERED = 4096  # purchases that may still be refunded

CATEGORIES = ("books", "grocery", "fashion", "home", "toys", "sports", "beauty", "electronics")
MEDIAN_PRICE = np.array([14.0, 8.0, 35.0, 42.0, 22.0, 48.0, 18.0, 160.0])
COUNTRIES = ("US", "CN", "DE", "GB", "FR", "JP", "BR", "IN", "CA", "AU")
POPULATION = np.array([30.0, 18.0, 11.0, 9.0, 7.0, 7.0, 6.0, 6.0, 4.0, 2.0])
UTC_OFFSET = np.array([-6, 8, 1, 0, 1, 9, -3, 5, -5, 10])
DEVICES = ("android", "ios", "windows", "mac", "linux")


class OrderType(IntEnum):
    """Values of `event_type` of an order, by number."""

    payment_success = 0
    payment_failed = 1
    refund = 2


ORDER = np.dtype(
    [("time", "i8"), ("type", "i1"), ("user", "i8"), ("item", "i8"), ("quantity", "i8"), ("amount", "f8"),
     ("country", "i1")]
)  # fmt: skip
LOGIN = np.dtype([("time", "i8"), ("success", "?"), ("user", "i8"), ("device", "i1"), ("ip", "u4"), ("country", "i1")])
VISITOR = np.dtype([("user", "i8"), ("device", "i1"), ("ip", "u4"), ("country", "i1")])


@dataclass(frozen=True, slots=True)
class Shop:
    """Sizes and shares (0 to 1). Skews are Zipf exponents: larger means that fewer users or items get more.

    The first `user_plateau` users of a country are about equally busy, so that no user orders without a pause.
    """

    users: int = 100_000
    items: int = 2_000
    user_skew: float = 1.15
    user_plateau: float = 50.0
    item_skew: float = 1.05
    open_sessions: int = 2_000
    orders_per_session: float = 5.0
    guests: float = 0.08
    failed_payments: float = 0.06
    refunds: float = 0.03
    failed_logins: float = 0.12
    attacks: float = 0.003  # share of sessions that try passwords from elsewhere
    attack_tries: float = 15.0
    bulk_orders: float = 0.01
    bulk_tail: float = 1.3  # Pareto exponent of the quantity of a bulk order


def awake(hour: Floats) -> Floats:
    """Returns how many people of a country shop at a local hour, relatively; the least at 4 in the morning.

    >>> awake(np.array([4.0, 20.0])).round(2).tolist()
    [0.1, 1.65]
    """
    day = 1.0 - np.cos((hour - 4.0) * (2 * np.pi / 24.0))
    evening = 0.9 * np.exp(-(((hour - 20.0) / 3.0) ** 2))
    return np.asarray(0.1 + 0.433 * day + evening)


def crowds(now_ms: int) -> Floats:
    """Returns how many people of each country shop at a time, relatively."""
    return np.asarray(POPULATION * awake((now_ms / HOUR_MS + UTC_OFFSET) % 24.0))


def busiest(now_ms: int) -> str:
    """Returns the country with the most visitors at a time.

    >>> busiest(20 * HOUR_MS), busiest(12 * HOUR_MS)
    ('US', 'CN')
    """
    return COUNTRIES[int(np.argmax(crowds(now_ms)))]


def zipf(size: int, skew: float, plateau: float = 0.0) -> Floats:
    """Returns cumulative shares of `size` ranks whose weight falls as (rank + plateau)^-skew; draw with `searchsorted`.

    With a plateau this is the Zipf-Mandelbrot law: the first ranks are about equal.

    >>> zipf(3, 1.0).round(3).tolist()
    [0.545, 0.818, 1.0]
    """
    weight = (np.arange(1, size + 1, dtype=np.float64) + plateau) ** -skew
    return np.asarray(np.cumsum(weight) / weight.sum())


def mixed(number: Ints) -> NDArray[np.uint32]:
    """Scrambles a number to 32 bits deterministically, for a user's home address and device."""
    return np.asarray((number.astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15)) >> np.uint64(32)).astype(np.uint32)


class RunningShop:
    """The running shop: each call of `rows` advances its open sessions and returns what happened.

    Sessions are slots: a new visitor takes the slot of one who leaves, so a user's events come in bursts.
    """

    def __init__(self, shop: Shop, rng: np.random.Generator) -> None:
        self._shop = shop
        self._rng = rng
        self._user_shares = zipf(max(1, shop.users // len(COUNTRIES)), shop.user_skew, shop.user_plateau)
        self._item_shares = zipf(shop.items, shop.item_skew)
        self.category = rng.integers(len(CATEGORIES), size=shop.items)
        self._price = MEDIAN_PRICE[self.category] * rng.lognormal(0.0, 0.7, shop.items)
        self._visitors = np.zeros(shop.open_sessions, VISITOR)
        self._bought = np.zeros(0, ORDER)
        self._opened = False

    def rows(self, times: Ints) -> tuple[Rows, Rows]:
        """Returns orders and logins at these event times (ms, ascending): one row per time, each in time order."""
        slots = self._arriving(len(times), int(times[0]))
        self._visitors[slots] = self._visit(len(slots), int(times[0]))
        logins = self._logins(slots)[: len(times)]
        signing_in = np.zeros(len(times), np.bool_)
        signing_in[self._rng.permutation(len(times))[: len(logins)]] = True
        logins["time"] = times[signing_in]
        return self._orders(times[~signing_in]), logins

    def _arriving(self, events: int, now_ms: int) -> Ints:
        if not self._opened:  # the stream starts in the middle of a day, so visitors inside signed in before it
            self._opened = True
            self._visitors[:] = self._visit(len(self._visitors), now_ms)
        expected = events / (self._shop.orders_per_session + 1.0)
        count = min(int(self._rng.poisson(expected)), len(self._visitors))
        return np.asarray(self._rng.permutation(len(self._visitors))[:count])

    def _visit(self, count: int, now_ms: int) -> Rows:
        """Draws new visitors: countries follow the sun, users within one follow Zipf, most use their own device."""
        rng, new = self._rng, np.zeros(count, VISITOR)
        crowd = crowds(now_ms)
        country = np.searchsorted(np.cumsum(crowd) / crowd.sum(), rng.random(count)).astype(np.int64)
        rank = np.searchsorted(self._user_shares, rng.random(count)).astype(np.int64)
        user = rank * len(COUNTRIES) + country
        home = mixed(user + 1)
        away = rng.random(count) < 0.15
        new["country"] = country
        new["device"] = np.where(away, rng.integers(len(DEVICES), size=count), home % len(DEVICES))
        new["ip"] = np.where(away, rng.integers(1 << 32, size=count), home)
        new["user"] = np.where(rng.random(count) < self._shop.guests, GUEST, user)
        return new

    def _logins(self, slots: Ints) -> Rows:
        """Returns the sign-ins of the visitors in `slots`: some attempts fail before one succeeds; attacks never
        succeed."""
        rng, visitors = self._rng, self._visitors[slots]
        visitors = visitors[visitors["user"] != GUEST]
        attacked = rng.random(len(visitors)) < self._shop.attacks
        tries = rng.geometric(1.0 - self._shop.failed_logins, len(visitors))
        tries = np.where(attacked, 3 + rng.poisson(self._shop.attack_tries, len(visitors)), tries)
        return self._tried(visitors, tries, attacked)

    def _tried(self, visitors: Rows, tries: Ints, attacked: Flags) -> Rows:
        logins = np.zeros(int(tries.sum()), LOGIN)
        for name in ("user", "device", "ip", "country"):
            logins[name] = np.repeat(visitors[name], tries)
        logins["success"][np.cumsum(tries) - 1] = ~attacked
        foreign = np.repeat(attacked, tries)
        strangers = mixed(logins["user"][foreign] + 7_000_000)
        logins["ip"][foreign] = strangers
        logins["country"][foreign] = strangers % len(COUNTRIES)
        return logins

    def _orders(self, times: Ints) -> Rows:
        rng, orders = self._rng, np.zeros(len(times), ORDER)
        visitors = self._visitors[rng.integers(len(self._visitors), size=len(times))]
        orders["user"], orders["country"] = visitors["user"], visitors["country"]
        orders["item"] = np.searchsorted(self._item_shares, rng.random(len(times)))
        orders["quantity"] = self._quantities(len(times))
        orders["amount"] = self._amounts(orders)
        orders["type"] = rng.random(len(times)) < self._shop.failed_payments
        self._refund(orders)
        orders["time"] = times
        self._remember(orders)
        return orders

    def _quantities(self, count: int) -> Ints:
        rng = self._rng
        few = rng.geometric(0.7, count)
        quantities = np.minimum(10 * (1.0 + rng.pareto(self._shop.bulk_tail, count)), 5_000).astype(np.int64)
        return np.where(rng.random(count) < self._shop.bulk_orders, quantities, few)

    def _amounts(self, orders: Rows) -> Floats:
        """Returns price times quantity with a discount or a fee, in whole cents: lognormal with a Pareto tail."""
        asked = self._price[orders["item"]] * orders["quantity"]
        paid = np.round(asked * self._rng.lognormal(-0.03, 0.12, len(orders)), 2)
        return np.asarray(np.maximum(paid, 0.01))

    def _refund(self, orders: Rows) -> None:
        """Turns some rows into refunds of earlier purchases: same user and item, negative amount."""
        chosen = np.flatnonzero(self._rng.random(len(orders)) < self._shop.refunds)
        if len(self._bought):
            orders[chosen] = self._bought[self._rng.integers(len(self._bought), size=len(chosen))]
            orders["type"][chosen] = OrderType.refund
            orders["amount"][chosen] *= -1.0

    def _remember(self, orders: Rows) -> None:
        paid = orders[orders["type"] == OrderType.payment_success]
        self._bought = np.concatenate([self._bought, paid])[-REMEMBERED:]


def _weekday(time_ms: Floats) -> Floats:
    """Returns the weekday; 0 is Monday (1970 began on a Thursday)."""
    return np.asarray((time_ms // (24 * HOUR_MS) + 3) % 7)


def over_days(count: int, start_ms: int, end_ms: int, rng: np.random.Generator) -> Ints:
    """Returns `count` ascending times in [start, end): many in the evening (UTC) and at weekends, few before dawn."""
    edges = np.linspace(start_ms, end_ms, max(2, (end_ms - start_ms) // HOUR_MS + 2))
    middles = (edges[1:] + edges[:-1]) / 2
    weight = awake((middles / HOUR_MS) % 24.0) * np.where(_weekday(middles) >= 5, WEEKEND, 1.0)
    reached = np.concatenate([[0.0], np.cumsum(weight) / weight.sum()])
    return np.interp(np.sort(rng.random(count)), reached, edges).astype(np.int64)
