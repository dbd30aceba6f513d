"""Explains a drift score in one sentence, with the numbers as the pages show them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from reports.drift import OTHER
from reports.formats import change, count, kind_of, measure, number, percent, reading, readings
from reports.records import Bins, Score, Summary


@dataclass(frozen=True, slots=True)
class ScoreContext:
    """A score with the statistics that explain it; `reference` and `bins` are of what it is against."""

    score: Score
    now: Summary
    baseline: Mapping[str, float]
    reference: Summary | None
    bins: Bins
    value_type: str


def sentence(scene: ScoreContext) -> str:
    """Explains a score in one sentence.

    >>> score = Score(measure="mean_shift", against="baseline", score=0.5, threshold=0.25, n=1204, over=True)
    >>> sentence(ScoreContext(score, Summary(rows=1204, mean=212.4), {"mean": 153.9}, None, Bins(), "DOUBLE"))
    'mean +38 % against the baseline (212, was 154), n = 1,204'

    The deviation of times is a duration:

    >>> score = Score(measure="std_ratio", against="baseline", score=0.5, threshold=0.25, n=1204, over=True)
    >>> sentence(ScoreContext(score, Summary(rows=1204, std=5_400), {"std_dev": 3_600}, None, Bins(), "TIMESTAMP"))
    'standard deviation +50 % against the baseline (1.5 h, was 1 h), n = 1,204'
    """
    words = SENTENCES.get(scene.score.measure, _quantile if scene.score.measure.endswith("_share") else _distance)
    return f"{words(scene)}, n = {count(scene.score.n)}"


def _moved(name: str, now: float | None, then: float | None, against: str, value_type: str) -> str:
    shown, earlier = readings(now, then, value_type)
    return f"{name}{_by(now, then, value_type)} against the {against} ({shown}, was {earlier})"


def _by(now: float | None, then: float | None, value_type: str) -> str:
    """Returns the relative change; empty for times, for opposite signs and from a ratio of `TOLD` on."""
    if value_type == "TIMESTAMP" or now is None or not then or not 0 < now / then < TOLD:
        return ""
    return f" {change(now, then)}"


def _mean(scene: ScoreContext) -> str:
    return _moved("mean", scene.now.mean, scene.baseline["mean"], "baseline", scene.value_type)


def _std(scene: ScoreContext) -> str:
    kind = kind_of("std", scene.value_type)
    return _moved("standard deviation", scene.now.std, scene.baseline["std_dev"], "baseline", kind)


def _quantile(scene: ScoreContext) -> str:
    key = scene.score.measure.removesuffix("_share")
    above = 1 - float(key.removeprefix("p").replace("_", ".")) / 100
    quantile = reading(scene.baseline[key], scene.value_type)
    off = f"deviates by {percent(scene.score.score)} from the expected {percent(above)}"
    return f"share above {key} of the baseline ({quantile}) {off}"


def _outside(scene: ScoreContext) -> str:
    key = scene.score.measure.removesuffix("_share")
    beyond = "below" if key == "min" else "above"
    bound = reading(scene.baseline[key], scene.value_type)
    return f"{percent(scene.score.score)} {beyond} the {key} of the baseline ({bound})"


def _nulls(scene: ScoreContext) -> str:
    then = scene.reference
    before = then.nulls / then.rows if then and scene.score.against != "baseline" else scene.baseline["null_ratio"]
    return (
        f"{percent(scene.now.nulls / scene.now.rows)} without a value, {percent(before)} in the {scene.score.against}"
    )


def _truths(scene: ScoreContext) -> str:
    return f"{percent(scene.now.true_ratio or 0.0)} true, {percent(scene.baseline['true_ratio'])} in the baseline"


def _unique(scene: ScoreContext) -> str:
    base = percent(scene.baseline["unique_ratio"])
    return f"unique ratio deviates by {percent(scene.score.score)} from the {base} of the baseline"


def _category(scene: ScoreContext) -> str:
    ours, theirs = (max(1, sum(counts)) for counts in (scene.bins.counts, scene.bins.reference))
    pairs = zip(scene.bins.counts, scene.bins.reference, strict=True)
    shares = [(count / ours, reference_count / theirs) for count, reference_count in pairs]
    widest = max(range(len(shares)), key=lambda place: abs(shares[place][0] - shares[place][1]))
    label = scene.bins.labels[widest] if scene.bins.labels[widest] == OTHER else repr(scene.bins.labels[widest])
    return (
        f"share of {label} {percent(shares[widest][0])}, was {percent(shares[widest][1])} in the {scene.score.against}"
    )


def _new(scene: ScoreContext) -> str:
    return f"{percent(scene.score.score)} of values are in categories that are not in the {scene.score.against}"


def _distance(scene: ScoreContext) -> str:
    """Explains a distance by the statistic that moved, because a distance has no direction."""
    score, then = scene.score, scene.reference
    if scene.bins.labels:
        moved = _category(scene)
    elif then is not None and None not in (scene.now.mean, then.mean):
        moved = _moved("mean", scene.now.mean, then.mean, score.against, scene.value_type)
    else:
        moved = _moved("median", scene.now.p50, then.p50 if then else None, score.against, scene.value_type)
    return f"{measure(score.measure)} {number(score.score)} (limit {number(score.threshold)}), {moved}"


TOLD = 1e6
"""Ratio at and above which a change is shown by its two numbers alone."""
SENTENCES: dict[str, Callable[[ScoreContext], str]] = {
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
"""Measures named pXX_share, and distances, are not listed: their names select the sentence."""
