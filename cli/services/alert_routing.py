"""Routes alerts to targets: by the routes, and by the subject of the alert."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

from dataflows.definitions import Definitions, Feature
from dataflows.runtime.alert_routes import AlertRoutes, Route
from reports.records import Alert


@dataclass(frozen=True, slots=True)
class _Concern:
    """The subject of an alert in terms of routes: a feature, or a source that no feature reads."""

    owners: frozenset[str]
    tags: frozenset[str] = frozenset()
    sources: frozenset[str] = frozenset()


class AlertRouting:
    """Routes alerts; one about a source concerns all features that depend on it, one about the pipeline all
    features."""

    def __init__(self, routes: AlertRoutes, definitions: Definitions) -> None:
        self._routes = routes
        by_name = {feature.feature_name: feature for feature in definitions.features}
        sources = _sources_of(by_name)
        self._features = {
            name: _Concern(frozenset({feature.owner}), frozenset(feature.tags), sources(name))
            for name, feature in by_name.items()
        }

    def wanted_by(self, target: str) -> Callable[[Alert], bool]:
        """Returns a filter for the alerts of a target."""
        return lambda alert: target in self.targets_of(alert)

    def targets_of(self, alert: Alert) -> frozenset[str]:
        """Returns the names of the targets; those of `otherwise` if no route selects the alert."""
        concerns = self._concerns(alert)
        targets = [name for route in self._routes.routes if _takes(route, concerns) for name in route.to]
        return frozenset(targets or self._routes.otherwise)

    def unheard(self) -> list[str]:
        """Returns the features whose alerts go nowhere, by name."""
        if self._routes.otherwise:
            return []
        routes = self._routes.routes
        return [
            name for name, lineage in self._features.items() if not any(_takes(route, [lineage]) for route in routes)
        ]

    def _concerns(self, alert: Alert) -> list[_Concern]:
        owners = frozenset(filter(None, alert.owner.split(", ")))
        if alert.feature:
            known = self._features.get(alert.feature, _Concern(owners))
            return [_Concern(known.owners | owners, known.tags, known.sources | {alert.source} - {""})]
        hanging = [
            lineage for lineage in self._features.values() if not alert.source or alert.source in lineage.sources
        ]
        return hanging or [_Concern(owners, sources=frozenset({alert.source}))]


def _takes(route: Route, concerns: list[_Concern]) -> bool:
    return any(
        (route.owner is None or route.owner in concern.owners)
        and (route.tag is None or route.tag in concern.tags)
        and (route.source is None or route.source in concern.sources)
        for concern in concerns
    )


def _sources_of(features: dict[str, Feature]) -> Callable[[str], frozenset[str]]:
    """Returns a function that finds the sources of a feature; of a derived one, those of its inputs."""

    @cache
    def sources(name: str) -> frozenset[str]:
        feature = features[name]
        own = frozenset({feature.source} if feature.source else ())
        return own.union(*(sources(other) for other in feature.reads if other in features))

    return sources
