"""Explains a drift score in one sentence, with numbers that a person can check."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from reports.drift import OTHER
from reports.records import Bins, Score, Summary


@dataclass(frozen=True, slots=True)
class Scene:
    """A score with the statistics that explain it."""

    score: Score
    now: Summary
    baseline: Mapping[str, float]
    reference: Summary | None
    bins: Bins


def sentence(scene: Scene) -> str:
    """Explains a score in one sentence.

    >>> score = Score(measure="mean_shift", against="baseline", score=0.5, threshold=0.25, n=1204, over=True)
    >>> sentence(Scene(score, Summary(rows=1204, mean=212.4), {"mean": 153.9}, None, Bins()))
    'mean +38 % against the baseline (212.4, was 153.9), n = 1,204'
    """
    words = SENTENCES.get(scene.score.measure, _quantile if scene.score.measure.endswith("_share") else _distance)
    return f"{words(scene)}, n = {scene.score.n:,}"


def number(value: float | None) -> str:
    """Formats a number for people.

    >>> number(1204.0), number(0.01234), number(None)
    ('1,204', '0.01234', 'none')
    """
    if value is None:
        return "none"
    return f"{value:,.0f}" if 1000 <= abs(value) < 1e15 else f"{value:.4g}"


def percent(share: float) -> str:
    """Formats a share (0 to 1) for people.

    >>> percent(0.0512), percent(0.4)
    ('5.1 %', '40 %')
    """
    return f"{share * 100:.2g} %" if share < 0.1 else f"{share * 100:.0f} %"


def _change(name: str, now: float | None, then: float | None, against: str) -> str:
    ratio = now / then if now is not None and then else 0.0
    by = f" {(ratio - 1) * 100:+.0f} %" if 0 < ratio < TOLD else ""
    return f"{name}{by} against the {against} ({number(now)}, was {number(then)})"


def _mean(scene: Scene) -> str:
    return _change("mean", scene.now.mean, scene.baseline["mean"], "baseline")


def _std(scene: Scene) -> str:
    return _change("standard deviation", scene.now.std, scene.baseline["std_dev"], "baseline")


def _quantile(scene: Scene) -> str:
    key = scene.score.measure.removesuffix("_share")
    above = 1 - float(key.removeprefix("p").replace("_", ".")) / 100
    at = number(scene.baseline[key])
    off = f"deviates by {percent(scene.score.score)} from the expected {percent(above)}"
    return f"share above {key} of the baseline ({at}) {off}"


def _outside(scene: Scene) -> str:
    key = scene.score.measure.removesuffix("_share")
    beyond = "below" if key == "min" else "above"
    return f"{percent(scene.score.score)} {beyond} the {key} of the baseline ({number(scene.baseline[key])})"


def _nulls(scene: Scene) -> str:
    then = scene.reference
    before = then.nulls / then.rows if then and scene.score.against == "reference" else scene.baseline["null_ratio"]
    return (
        f"{percent(scene.now.nulls / scene.now.rows)} without a value, {percent(before)} in the {scene.score.against}"
    )


def _truths(scene: Scene) -> str:
    return f"{percent(scene.now.true_ratio or 0.0)} true, {percent(scene.baseline['true_ratio'])} in the baseline"


def _unique(scene: Scene) -> str:
    base = percent(scene.baseline["unique_ratio"])
    return f"unique ratio deviates by {percent(scene.score.score)} from the {base} of the baseline"


def _category(scene: Scene) -> str:
    ours, theirs = (max(1, sum(counts)) for counts in (scene.bins.counts, scene.bins.reference))
    pairs = zip(scene.bins.counts, scene.bins.reference, strict=True)
    shares = [(one / ours, other / theirs) for one, other in pairs]
    at = max(range(len(shares)), key=lambda place: abs(shares[place][0] - shares[place][1]))
    label = scene.bins.labels[at] if scene.bins.labels[at] == OTHER else repr(scene.bins.labels[at])
    return f"share of {label} {percent(shares[at][0])}, was {percent(shares[at][1])} in the reference"


def _new(scene: Scene) -> str:
    return f"{percent(scene.score.score)} of values are in categories that are not in the reference"


def _distance(scene: Scene) -> str:
    """Explains a distance by the statistic that moved, because a distance has no direction."""
    score, then = scene.score, scene.reference
    if scene.bins.labels:
        moved = _category(scene)
    elif then is not None and None not in (scene.now.mean, then.mean):
        moved = _change("mean", scene.now.mean, then.mean, "reference")
    else:
        moved = _change("median", scene.now.p50, then.p50 if then else None, "reference")
    return f"{NAMES[score.measure]} {score.score:.2f} (limit {score.threshold:.2f}), {moved}"


TOLD = 1e6
"""Ratio at and above which a change is shown by its two numbers alone."""
NAMES = {"psi": "PSI", "js": "Jensen-Shannon", "ks": "Kolmogorov-Smirnov", "w1": "Wasserstein"}
SENTENCES: dict[str, Callable[[Scene], str]] = {
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
