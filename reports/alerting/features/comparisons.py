"""Compares an interval of a feature with its baseline, with earlier intervals and with training data of models."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from reports.alerting.explanations import ScoreContext
from reports.alerting.features.measured_interval import MeasuredInterval
from reports.alerting.thresholds import Limits
from reports.drift import (
    STEADY,
    BaselineComparison,
    Course,
    ReferenceComparison,
    ReferenceWindow,
    TrainingReference,
    detector,
)
from reports.profiling import Profile
from reports.records import Bins, Score, Subject


class Comparisons:
    """Compares one feature, given its definition and the data sets that models were trained on."""

    def __init__(self, subject: Subject, limits: Limits, trained: Sequence[TrainingReference]) -> None:
        self._subject, self._least = subject, limits.min_rows
        self._trained = {known.name: known for known in trained}

    @property
    def data_sets(self) -> tuple[str, ...]:
        """Returns the names of the data sets that values are compared with."""
        return tuple(self._trained)

    def compared(
        self, interval: MeasuredInterval, reference: ReferenceWindow, course: Course = STEADY
    ) -> MeasuredInterval:
        """Adds scores, and the bins of each side; the reference may have gone on in its `course`."""
        scores, bins = self._scores(interval.profile, reference, course)
        trained = self._against_data_sets(interval.profile, reference)
        for name, sides in trained.items():
            scores += detector.reference_scores(sides, self._least, name)
        return replace(interval, scores=scores, bins=bins, trained={name: side.bins for name, side in trained.items()})

    def contexts(self, interval: MeasuredInterval, reference: ReferenceWindow) -> Iterator[ScoreContext]:
        """Yields each score with the statistics that explain it."""
        for score in interval.scores:
            known = self._trained.get(score.against)
            before = reference.summary if known is None else known.summary
            bins = interval.trained.get(score.against, interval.bins)
            sides = interval.summary, self._subject.baseline, before, bins
            yield ScoreContext(score, *sides, self._subject.value_type)

    def _scores(self, profile: Profile, reference: ReferenceWindow, course: Course) -> tuple[tuple[Score, ...], Bins]:
        """Against the baseline, and once there are enough intervals against the reference."""
        earlier = (reference.profile.kurtosis, reference.profile.moments.std or 0.0) if reference.ready else ()
        base = BaselineComparison(profile, self._subject.baseline, *earlier)
        scores = detector.baseline_scores(base, self._least)
        if not reference.ready or not reference.profile.present or not profile.present:
            return scores, Bins()
        sides = ReferenceComparison(profile, reference.profile, reference.new_share)
        return scores + detector.reference_scores(sides, self._least, course=course), sides.bins

    def _against_data_sets(self, profile: Profile, reference: ReferenceWindow) -> dict[str, ReferenceComparison]:
        """Compares the interval with each training data set for which both sides have values."""
        new_share = reference.new_share if reference.ready else 0.0
        return {
            name: ReferenceComparison(profile, known.profile, new_share)
            for name, known in self._trained.items()
            if known.profile.present and profile.present
        }
