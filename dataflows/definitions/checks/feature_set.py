"""Checks a feature set: its features exist, and none is listed twice."""

from collections.abc import Iterator, Sequence

from dataflows.definitions.checks.catalog import SpecCatalog
from dataflows.definitions.checks.deprecation import check_deprecation
from dataflows.definitions.checks.file_errors import FileErrors
from dataflows.definitions.checks.reserved import check_set_name
from dataflows.definitions.model.feature_set import FeatureSetSpec
from dataflows.expectations import did_you_mean


def check_feature_set(spec: FeatureSetSpec, catalog: SpecCatalog, errors: FileErrors) -> None:
    """Adds the mistakes of a feature set that go beyond the types of its fields."""
    check_set_name(spec.set_name, catalog, errors)
    if catalog.whole:
        check_deprecation(spec, catalog.sets, catalog.unread_sets, errors)
    for place, first_place in _twice(spec.features):
        errors.add(("features", place), "each feature once", f"features[{first_place}] is the same")
    known = catalog.features.keys() | catalog.unread_features
    for place, name in enumerate(spec.features):
        if name not in known:
            errors.add(("features", place), f"a feature instead of {name}", did_you_mean(name, catalog.features))
    for place, first_place in _twice([consumer.name for consumer in spec.consumers]):
        errors.add(("consumers", place, "name"), "each consumer once", f"consumers[{first_place}] has the same name")


def _twice(names: Sequence[str]) -> Iterator[tuple[int, int]]:
    """Yields (index, first index) of each repeated name."""
    first: dict[str, int] = {}
    for place, name in enumerate(names):
        if (other := first.setdefault(name, place)) != place:
            yield place, other
