"""Profiles the values of a feature in the data set of a model, to compare them with served values."""

from dataclasses import dataclass
from functools import cached_property

from reports.profiling import Profile, summary_of
from reports.records import Summary


@dataclass(frozen=True)
class TrainingReference:
    """The profile of a feature in a data set; `name` identifies it for people, such as `data set train.parquet`."""

    name: str
    profile: Profile

    @cached_property
    def summary(self) -> Summary:
        """Returns its statistics."""
        return summary_of(self.profile)
