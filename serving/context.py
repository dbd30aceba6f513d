"""What the pages and the API read from: definitions, the online store, live reports, the report store."""

from dataclasses import dataclass
from functools import cached_property

import redis

from connectors.redis import connect
from dataflows.definitions import Definitions, Feature, load
from dataflows.quality import subject_of
from dataflows.runtime.settings import Settings
from reports.delivery import ReportStore
from reports.errors import StoreRefused
from reports.records import FeatureReport, Subject
from serving.client import SUFFIX, FeatureClient
from serving.live_reports import Known, Live, read_known
from serving.pipeline import Pipeline, read_pipeline

TIMEOUT_S = 2.0
HISTORY = 96
"""Intervals in a timeline."""


@dataclass(frozen=True, slots=True)
class History:
    """Closed reports of a feature, the newest last; `refused` says why there are none to be had, if so."""

    reports: tuple[FeatureReport, ...]
    refused: str = ""

    def at(self, start_ms: int) -> FeatureReport | None:
        """The report of the interval that begins then."""
        return next((report for report in self.reports if report.start_ms == start_ms), None)


@dataclass(frozen=True)
class Shelf:
    """Raises redis.RedisError where Redis is not reachable, StoreRefused where the report store is not."""

    settings: Settings
    definitions: Definitions

    @cached_property
    def redis(self) -> redis.Redis:
        """A client; nothing is contacted before it is used."""
        return connect(self.settings.redis_address, self.settings.var, TIMEOUT_S)

    @cached_property
    def features(self) -> FeatureClient:
        """Reads entities."""
        return FeatureClient(self.redis, self.definitions, self.settings.redis_prefix)

    @cached_property
    def reports(self) -> ReportStore:
        """Closed reports and their pictures."""
        return ReportStore(self.settings.reports_url or str(self.settings.var / "reports"))

    @property
    def entity_types(self) -> list[str]:
        """Those that have features; known without Redis."""
        return [entity_id.removesuffix(SUFFIX) for entity_id in self.definitions.entity_ids]

    def pipeline(self) -> Pipeline:
        """Whether the dataflow moves."""
        prefix, standstill = self.settings.redis_prefix, self.settings.alert_standstill
        return read_pipeline(self.redis, prefix, self.entity_types, standstill)

    @property
    def names(self) -> list[str]:
        """All features."""
        return [feature.feature_name for feature in self.definitions.features]

    def known(self) -> Known:
        """The live reports of all features and sources."""
        used = {feature.source for feature in self.definitions.features if feature.source}
        return read_known(self.redis, self.settings.redis_prefix, self.names, sorted(used))

    def live(self, feature: str) -> Live[FeatureReport]:
        """The live reports of one feature."""
        known = read_known(self.redis, self.settings.redis_prefix, [feature], [])
        return known.features.get(feature, Live(None, None))

    def feature(self, name: str) -> Feature | None:
        """A definition by name."""
        return next((feature for feature in self.definitions.features if feature.feature_name == name), None)

    def subject(self, name: str) -> Subject:
        """A definition as reports show it; KeyError for none."""
        feature = self.feature(name)
        if feature is None:
            raise KeyError(name)
        return subject_of(feature, self.definitions)

    def history(self, feature: str) -> History:
        """Closed reports of a feature; what keeps the report store from being read is said, not raised."""
        try:
            return History(tuple(self.reports.history(feature, HISTORY)))
        except StoreRefused as refused:
            return History((), str(refused))


def shelf_of(settings: Settings) -> Shelf:
    """What these settings name. Raises DefinitionErrors."""
    return Shelf(settings, load(settings.specs))
