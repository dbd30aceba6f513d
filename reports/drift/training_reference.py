"""What a model was trained on: the values of a feature in a data set, which those served now are compared with."""

from dataclasses import dataclass
from functools import cached_property

from reports.profiling import Profile, summary_of
from reports.records import Summary


@dataclass(frozen=True)
class TrainingReference:
    """The profile of a feature in a data set; `name` tells people which one, such as `data set train.parquet`."""

    name: str
    profile: Profile

    @cached_property
    def summary(self) -> Summary:
        """Its statistics."""
        return summary_of(self.profile)
