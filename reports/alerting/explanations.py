"""Explains a drift score by the statistic that moved: its name, its value now and its usual value."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from reports.drift import OTHER
from reports.formats import NEVER, change, kind_of, percent, reading, readings, usually
from reports.plain_texts import plain
from reports.records import Bins, FrequentValue, Score, Summary

LONGEST = 40


@dataclass(frozen=True, slots=True)
class ScoreContext:
    """A score with the statistics that explain it; `reference` and `bins` belong to the side it is measured against."""

    score: Score
    now: Summary
    baseline: Mapping[str, float]
    reference: Summary | None
    bins: Bins
    value_type: str


@dataclass(frozen=True, slots=True)
class PlainStatistic:
    """A statistic in plain numbers: its name, its value now and usually; `by` is the change, if that helps.

    `distance` is the difference of the numbers, 0 if only scores can be compared.

    >>> PlainStatistic("mean", "212", "154", "+38 %").sentence, PlainStatistic("share of 'XX'", "29 %", NEVER).sentence
    ('mean 212, usually 154 (+38 %)', "share of 'XX' 29 %, not seen before")
    """

    what: str
    now: str
    usual: str
    by: str = ""
    distance: float = 0.0

    @property
    def sentence(self) -> str:
        """Words the whole statistic in one sentence."""
        return f"{self.what} {self.now}, {usually(self.usual)}{f' ({self.by})' if self.by else ''}"


def explained(scene: ScoreContext) -> PlainStatistic:
    """Explains a score.

    >>> score = Score(measure="mean_shift", against="baseline", score=0.5, threshold=0.25, n=1204, over=True)
    >>> explained(ScoreContext(score, Summary(rows=1204, mean=212.4), {"mean": 153.9}, None, Bins(), "DOUBLE")).sentence
    'mean 212, usually 154 (+38 %)'

    The deviation of times is worded as a duration:

    >>> score = Score(measure="std_ratio", against="baseline", score=0.5, threshold=0.25, n=1204, over=True)
    >>> scene = ScoreContext(score, Summary(rows=1204, std=5_400), {"std_dev": 3_600}, None, Bins(), "TIMESTAMP")
    >>> explained(scene).sentence
    'standard deviation 1.5 h, usually 1 h (+50 %)'

    A time names its zone:

    >>> score = Score(measure="mean_shift", against="baseline", score=0.5, threshold=0.25, n=1204, over=True)
    >>> now = Summary(rows=1204, mean=1_767_276_300)
    >>> explained(ScoreContext(score, now, {"mean": 1_767_272_700}, None, Bins(), "TIMESTAMP")).sentence
    'mean 2026-01-01 14:05 UTC, usually 2026-01-01 13:05 UTC'
    """
    measure = scene.score.measure
    words = EXPLANATIONS.get(measure, _quantile if measure.endswith("_share") else _distance)(scene)
    against = scene.score.against
    if against in ("baseline", "reference") or words.usual == NEVER:
        return words
    return replace(words, usual=f"{words.usual} in {against}")


def _change(name: str, now: float | None, then: float | None, value_type: str) -> PlainStatistic:
    distance = abs(now - then) if now is not None and then is not None else 0.0
    return PlainStatistic(name, *readings(now, then, value_type), _by(now, then, value_type), distance)


def _by(now: float | None, then: float | None, value_type: str) -> str:
    """Returns the relative change; empty for times, for opposite signs and from a ratio of `TOLD` on."""
    if value_type == "TIMESTAMP" or now is None or not then or not 0 < now / then < TOLD:
        return ""
    return change(now, then)


def _mean(scene: ScoreContext) -> PlainStatistic:
    return _change("mean", scene.now.mean, scene.baseline["mean"], scene.value_type)


def _std(scene: ScoreContext) -> PlainStatistic:
    kind = kind_of("std", scene.value_type)
    return _change("standard deviation", scene.now.std, scene.baseline["std_dev"], kind)


def _quantile(scene: ScoreContext) -> PlainStatistic:
    """Explains a quantile score, which has no sign: the values moved to their own percentile."""
    key = scene.score.measure.removesuffix("_share")
    share = float(key.removeprefix("p").replace("_", ".")) / 100
    expected, bound = 1 - share, scene.baseline[key]
    quantile = _own_quantile(scene.now, share)
    above = expected + scene.score.score
    if quantile is not None and quantile < bound and expected >= scene.score.score:
        above = expected - scene.score.score
    return PlainStatistic(
        f"share above {reading(bound, scene.value_type)}", percent(min(1.0, above)), percent(expected)
    )


def _own_quantile(now: Summary, share: float) -> float | None:
    known = {0.5: now.p50, 0.95: now.p95, 0.99: now.p99}.get(share)
    if known is not None or not now.curve:
        return known
    return now.curve[round(share * (len(now.curve) - 1))]


def _outside(scene: ScoreContext) -> PlainStatistic:
    key = scene.score.measure.removesuffix("_share")
    beyond = "below" if key == "min" else "above"
    bound = reading(scene.baseline[key], scene.value_type)
    return PlainStatistic(f"share {beyond} {bound}", percent(scene.score.score), "none")


def _nulls(scene: ScoreContext) -> PlainStatistic:
    then = scene.reference
    before = then.nulls / then.rows if then and scene.score.against != "baseline" else scene.baseline["null_ratio"]
    return PlainStatistic("share of rows without a value", percent(scene.now.nulls / scene.now.rows), percent(before))


def _truths(scene: ScoreContext) -> PlainStatistic:
    return PlainStatistic("share true", percent(scene.now.true_ratio or 0.0), percent(scene.baseline["true_ratio"]))


def _unique(scene: ScoreContext) -> PlainStatistic:
    ratio = min(1.0, scene.now.distinct / max(1, scene.now.rows - scene.now.nulls))
    return PlainStatistic("distinct values per value", percent(ratio), percent(scene.baseline["unique_ratio"]))


def _category(scene: ScoreContext) -> PlainStatistic:
    ours, theirs = (max(1, sum(counts)) for counts in (scene.bins.counts, scene.bins.reference))
    pairs = zip(scene.bins.counts, scene.bins.reference, strict=True)
    shares = [(count / ours, reference_count / theirs) for count, reference_count in pairs]
    widest = max(range(len(shares)), key=lambda place: abs(shares[place][0] - shares[place][1]))
    if scene.bins.labels[widest] == OTHER:
        return _newcomer(scene) or PlainStatistic("share of rare values", *_percents(shares[widest]))
    return PlainStatistic(f"share of {_quoted(scene.bins.labels[widest])}", *_percents(shares[widest]))


def _percents(shares: tuple[float, float]) -> tuple[str, str]:
    return percent(shares[0]), percent(shares[1])


def _new(scene: ScoreContext) -> PlainStatistic:
    return _newcomer(scene) or PlainStatistic("share of new values", percent(scene.score.score), "none")


def _newcomer(scene: ScoreContext) -> PlainStatistic | None:
    """Returns the most frequent text that has no bin."""
    earlier = scene.reference.top if scene.reference else ()
    known = {*scene.bins.labels, *(top.value for top in earlier)}
    newcomer = next((top for top in scene.now.top if top.value not in known), None)
    if newcomer is None:
        return None
    then = scene.reference
    usual = NEVER if then is None else unseen(then.top, then.rows - then.nulls)
    share = newcomer.count / max(1, scene.now.rows - scene.now.nulls)
    return PlainStatistic(f"share of {_quoted(newcomer.value)}", percent(min(1.0, share)), usual)


def unseen(frequent: Sequence[FrequentValue], values: int) -> str:
    """Words the usual share of a text that is not among the frequent ones of `values` values.

    >>> frequent = FrequentValue(value="a", count=6), FrequentValue(value="b", count=2)
    >>> unseen(frequent[:1], 6), unseen(frequent, 10)
    ('not seen before', 'under 20 %')
    """
    counts = [top.count for top in frequent]
    return NEVER if sum(counts) >= values else f"under {percent(min(counts, default=0) / values)}"


def _quoted(text: str) -> str:
    return repr(plain(text, LONGEST))


def _distance(scene: ScoreContext) -> PlainStatistic:
    """Explains a distance by the statistic that moved most, because a distance has no direction."""
    then = scene.reference
    if scene.bins.labels:
        return _category(scene)
    if then is None:
        return _change("median", scene.now.p50, None, scene.value_type)
    scale = then.std or abs(then.mean or 0.0) or 1.0
    moves = [
        (abs(now - before) / scale, name, now, before)
        for name, now, before in _statistics(scene.now, then)
        if now is not None and before is not None
    ]
    if not moves:
        return _change("median", scene.now.p50, then.p50, scene.value_type)
    of_mean = moves[0]
    by_mean = of_mean[1] == "mean" and of_mean[0] >= max(CLEAR, LEADS * max(moves)[0])
    clearest = of_mean if by_mean else max(moves)
    kind = kind_of("std" if clearest[1] == "standard deviation" else "", scene.value_type)
    return _change(clearest[1], clearest[2], clearest[3], kind)


def _statistics(now: Summary, then: Summary) -> list[tuple[str, float | None, float | None]]:
    return [
        ("mean", now.mean, then.mean),
        ("median", now.p50, then.p50),
        ("95th percentile", now.p95, then.p95),
        ("99th percentile", now.p99, then.p99),
        ("standard deviation", now.std, then.std),
    ]


CLEAR = 0.1
"""Standard deviations by which a mean has clearly moved."""
LEADS = 0.15
"""Share of the largest move from which the move of the mean is reported instead."""
TOLD = 1e6
"""Ratio at and above which a change is shown by its two numbers alone."""
EXPLANATIONS: dict[str, Callable[[ScoreContext], PlainStatistic]] = {
    "mean_shift": _mean,
    "std_ratio": _std,
    "min_share": _outside,
    "max_share": _outside,
    "null_ratio": _nulls,
    "true_ratio": _truths,
    "unique_ratio": _unique,
    "l_infinity": _category,
    "new_share": _new,
}
"""Measures named pXX_share, and distances, are not listed: their names select the explanation."""
