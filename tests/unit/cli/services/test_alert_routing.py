"""Tests which target receives which alert."""

from cli.services.alert_routing import AlertRouting
from dataflows.definitions import load
from dataflows.runtime.alert_routes import AlertRoutes, Route
from reports.records import Alert
from tests.support.paths import ROOT
from tests.support.services.outside.webhook import alert, changed

DEFINITIONS = load(ROOT / "feature_specs")
RISK, GROWTH = "risk-team@example.com", "growth-team@example.com"
OWNERS = {feature.owner for feature in DEFINITIONS.features}


def routing(*routes: Route, otherwise: tuple[str, ...] = ("rest",)) -> AlertRouting:
    return AlertRouting(AlertRoutes.model_construct(targets={}, routes=routes, otherwise=otherwise), DEFINITIONS)


def of(feature: str) -> Alert:
    known = next(definition for definition in DEFINITIONS.features if definition.feature_name == feature)
    return changed(alert(feature), owner=known.owner, source=known.source or "")


def test_an_alert_goes_to_all_routes_that_take_it_else_to_the_rest() -> None:
    (feature,) = [
        definition for definition in DEFINITIONS.features if definition.feature_name == "user_failed_logins_15m"
    ]
    other = next(owner for owner in OWNERS if owner != feature.owner)
    routes = routing(
        Route(owner=feature.owner, to=("owner",)),
        Route(tag=feature.tags[0], to=("tag", "owner")),
        Route(source="logins", to=("source",)),
        Route(source="orders", to=("wrong",)),
        Route(owner=other, tag=feature.tags[0], to=("wrong",)),
    )
    assert routes.targets_of(of(feature.feature_name)) == {"owner", "tag", "source"}
    assert routing(Route(owner=other, to=("other",))).targets_of(of(feature.feature_name)) == {"rest"}


def test_a_derived_feature_hangs_on_the_sources_of_what_it_reads() -> None:
    derived = [feature for feature in DEFINITIONS.features if feature.expression is not None]
    routes = routing(Route(source="logins", to=("logins",)), Route(source="orders", to=("orders",)))
    assert routes.targets_of(of("user_payments_per_login_30d")) == {"logins", "orders"}
    assert all("rest" not in routes.targets_of(of(feature.feature_name)) for feature in derived)


def test_a_source_concerns_all_whose_features_hang_on_it_and_the_pipeline_concerns_all() -> None:
    routes = routing(*(Route(owner=owner, to=(owner,)) for owner in OWNERS))
    hanging = {feature.owner for feature in DEFINITIONS.features if feature.source == "logins"}
    silent = changed(alert(""), source="logins", rule="silence", owner="")
    assert hanging <= routes.targets_of(silent) <= OWNERS
    assert routes.targets_of(changed(silent, source="")) == OWNERS
    assert routes.targets_of(changed(silent, source="unread")) == {"rest"}


def test_an_owner_who_has_changed_hears_of_it_with_the_new_one() -> None:
    routes = routing(Route(owner=RISK, to=("risk",)), Route(owner="new@example.com", to=("new",)))
    reassigned = changed(alert("no_longer_defined"), owner="new@example.com")
    assert routes.targets_of(reassigned) == {"new"}


def test_features_of_which_nobody_would_hear_are_named() -> None:
    assert routing(Route(source="logins", to=("a",))).unheard() == []
    unheard = routing(Route(source="logins", to=("a",)), otherwise=()).unheard()
    assert unheard
    assert all(of(name).source != "logins" for name in unheard)
