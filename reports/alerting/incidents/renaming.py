"""Features that go on under another name, because a version is promoted or steps back: their incidents go along."""

from collections.abc import Mapping

import msgspec

from reports.alerting.incidents.open_incident import OpenIncident
from reports.records import Alert

Names = Mapping[str, str]
"""The names that features have now, by those that they had."""


def new_names(before: Mapping[str, str], now: Mapping[str, str]) -> dict[str, str]:
    """The features that have another name now; both sides say which version a name is.

    >>> new_names({"spend": "spend@1", "spend@2": "spend@2"}, {"spend": "spend@2", "spend@1": "spend@1"})
    {'spend': 'spend@1', 'spend@2': 'spend'}
    """
    names = {version: name for name, version in now.items()}
    return {name: names[version] for name, version in before.items() if names.get(version, name) != name}


def renamed_incident(entry: OpenIncident, names: Names) -> OpenIncident:
    """An incident whose symptoms are of the features as they are called now."""
    symptoms = {
        key: msgspec.structs.replace(one, feature=names.get(one.feature, one.feature))
        for key, one in entry.symptoms.items()
    }
    alerts = {key: renamed_alert(alert, names) for key, alert in entry.alerts.items()}
    return msgspec.structs.replace(entry, symptoms=symptoms, alerts=alerts)


def renamed_pile(pile: Mapping[str, Mapping[str, Alert]], names: Names) -> dict[str, dict[str, Alert]]:
    """Symptoms by feature, as the features are called now."""
    renamed = dict[str, dict[str, Alert]]()
    for feature, alerts in pile.items():
        of_feature = renamed.setdefault(names.get(feature, feature), {})
        of_feature |= {key: renamed_alert(alert, names) for key, alert in alerts.items()}
    return renamed


def renamed_alert(alert: Alert, names: Names) -> Alert:
    """An alert of the feature as it is called now."""
    return msgspec.structs.replace(alert, feature=names.get(alert.feature, alert.feature))
