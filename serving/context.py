"""The data that pages and API read: definitions, online store, live reports and report store."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import redis

from connectors.redis import connect
from dataflows.definitions import Definitions, Feature, load
from dataflows.quality import subject_of
from dataflows.runtime.settings import Settings
from reports.delivery import ReportStore
from reports.errors import StoreRefused
from reports.history import HistoryPoint
from reports.incidents import Delivery, Incident
from reports.records import FeatureReport, Subject
from serving.features.feature_reader import FeatureReader
from serving.quality.feature_history import read_history
from serving.quality.incident_reader import read_deliveries, read_incident, read_incidents
from serving.quality.live_reports import LiveReport, LiveReports, read_known
from serving.quality.pipeline import Pipeline, read_pipeline

TIMEOUT_S = 2.0
NOT_KEPT = "An interval is named by its start (ms since 1970); the oldest intervals are deleted."


@dataclass(frozen=True, slots=True)
class PastReport:
    """The closed report of an interval, if it is stored; `refused` holds the reason if the store cannot be read."""

    report: FeatureReport | None
    refused: str = NOT_KEPT


@dataclass(frozen=True)
class ServingContext:
    """Opens the stores on first use. Raises redis.RedisError or StoreRefused if one is not reachable."""

    settings: Settings
    definitions: Definitions

    @cached_property
    def redis(self) -> redis.Redis:
        """Returns a client; it connects on first use."""
        return connect(self.settings.redis_address, self.settings.var, TIMEOUT_S)

    @cached_property
    def features(self) -> FeatureReader:
        """Returns the client that reads features."""
        return FeatureReader(self.redis, self.definitions, self.settings.redis_prefix)

    @cached_property
    def reports(self) -> ReportStore:
        """Returns the store of closed reports and their charts."""
        return ReportStore(self.settings.reports_url or str(self.settings.var / "reports"))

    @property
    def entity_types(self) -> list[str]:
        """Returns the entity types that have features, without asking Redis."""
        return list(self.definitions.entity_types)

    def pipeline(self) -> Pipeline:
        """Reads whether the dataflow is running."""
        prefix, standstill = self.settings.redis_prefix, self.settings.alert_standstill
        return read_pipeline(self.redis, prefix, self.entity_types, standstill)

    @property
    def names(self) -> list[str]:
        """Lists the names of all features."""
        return [feature.feature_name for feature in self.definitions.features]

    def live_reports(self) -> LiveReports:
        """Reads the live reports of all features and sources."""
        used = {feature.source for feature in self.definitions.features if feature.source}
        return read_known(self.redis, self.settings.redis_prefix, self.names, sorted(used))

    def live(self, feature: str) -> LiveReport[FeatureReport]:
        """Reads the live reports of one feature."""
        known = read_known(self.redis, self.settings.redis_prefix, [feature], [])
        return known.features.get(feature, LiveReport(None, None))

    def feature(self, name: str) -> Feature | None:
        """Returns a definition by name, or None."""
        return next((feature for feature in self.definitions.features if feature.feature_name == name), None)

    def subject(self, name: str) -> Subject:
        """Describes a definition as reports show it. Raises KeyError for an unknown name."""
        feature = self.feature(name)
        if feature is None:
            raise KeyError(name)
        return subject_of(feature, self.definitions)

    def points(self, feature: str) -> Sequence[HistoryPoint]:
        """Reads the points of a feature's closed intervals, the newest last."""
        return read_history(self.redis, self.settings.redis_prefix, feature)

    def incidents(self) -> Sequence[Incident]:
        """Reads all incidents: firing ones first, then the newest."""
        return read_incidents(self.redis, self.settings.redis_prefix)

    def incident(self, name: str) -> Incident | None:
        """Reads one incident by its id."""
        return read_incident(self.redis, self.settings.redis_prefix, name)

    def deliveries(self, incident: str) -> Sequence[Delivery]:
        """Reads the deliveries about an incident."""
        return read_deliveries(self.redis, self.settings.redis_prefix, incident)

    def newest(self, feature: str) -> FeatureReport | None:
        """Reads the newest report of a feature: from Redis, else from the store if it can be read."""
        if (settled := self.live(feature).settled) is not None:
            return settled
        try:
            return next(iter(self.reports.history(feature, 1)), None)
        except StoreRefused:  # the page of an interval gives the reason
            return None

    def past(self, feature: str, start_ms: int) -> PastReport:
        """Reads the closed report of a feature: the newest from Redis, others from the store, or why it refuses."""
        newest = self.live(feature).closed
        if newest is not None and newest.start_ms == start_ms:
            return PastReport(newest)
        try:
            return PastReport(self.reports.feature(feature, start_ms))
        except StoreRefused as refused:
            return PastReport(None, f"The report store is not readable: {refused}")
        except ValueError:  # not the start of an interval
            return PastReport(None)


def context_of(settings: Settings) -> ServingContext:
    """Opens the data that the settings name. Raises DefinitionErrors."""
    return ServingContext(settings, load(settings.specs))
