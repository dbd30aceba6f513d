"""Renames features in incidents when a version is promoted or demoted, so that their incidents continue."""

from collections.abc import Mapping

import msgspec

from reports.alerting.incidents.interim_reports import Unsettled
from reports.alerting.incidents.open_incident import OpenIncident
from reports.records import Alert, FeatureReport

Names = Mapping[str, str]
"""Current names of features by their earlier names."""


def new_names(before: Mapping[str, str], now: Mapping[str, str]) -> dict[str, str]:
    """Returns the features whose name changed; both sides map a name to its version.

    >>> new_names({"spend": "spend@1", "spend@2": "spend@2"}, {"spend": "spend@2", "spend@1": "spend@1"})
    {'spend': 'spend@1', 'spend@2': 'spend'}
    """
    names = {version: name for name, version in now.items()}
    return {name: names[version] for name, version in before.items() if names.get(version, name) != name}


def renamed_incident(entry: OpenIncident, names: Names) -> OpenIncident:
    """Renames the features in an incident's symptoms to their current names."""
    symptoms = {
        key: msgspec.structs.replace(symptom, feature=names.get(symptom.feature, symptom.feature))
        for key, symptom in entry.symptoms.items()
    }
    alerts = {key: renamed_alert(alert, names) for key, alert in entry.alerts.items()}
    return msgspec.structs.replace(entry, symptoms=symptoms, alerts=alerts)


def renamed_pile(pile: Mapping[str, Mapping[str, Alert]], names: Names) -> dict[str, dict[str, Alert]]:
    """Renames the features of held symptoms to their current names."""
    renamed = dict[str, dict[str, Alert]]()
    for feature, alerts in pile.items():
        of_feature = renamed.setdefault(names.get(feature, feature), {})
        of_feature |= {key: renamed_alert(alert, names) for key, alert in alerts.items()}
    return renamed


def renamed_reports(unsettled: Unsettled, names: Names) -> Unsettled:
    """Renames the features of interim reports, and of their alerts, to their current names."""
    renamed = Unsettled()
    for feature, reports in unsettled.items():
        name = names.get(feature, feature)
        renamed[name] = [_renamed_report(report, name, names) for report in reports]
    return renamed


def renamed_alert(alert: Alert, names: Names) -> Alert:
    """Renames the feature of an alert to its current name."""
    return msgspec.structs.replace(alert, feature=names.get(alert.feature, alert.feature))


def _renamed_report(report: FeatureReport, name: str, names: Names) -> FeatureReport:
    subject = msgspec.structs.replace(report.subject, feature=name)
    alerts = tuple(renamed_alert(alert, names) for alert in report.alerts)
    return msgspec.structs.replace(report, subject=subject, alerts=alerts)
