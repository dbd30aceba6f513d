"""Defines the state of a conclusion between runs."""

from collections.abc import Mapping

import msgspec

from reports.alerting.incidents.causes.causes import Cause
from reports.alerting.incidents.causes.column_history import Interval
from reports.alerting.incidents.causes.rate_history import Count
from reports.alerting.incidents.causes.standstill import SourceStanding, Standstill
from reports.alerting.incidents.interim_reports import Unsettled
from reports.alerting.incidents.open_incident import OpenIncident
from reports.alerting.incidents.renaming import (
    new_names,
    renamed_incident,
    renamed_pile,
    renamed_reports,
)
from reports.alerting.incidents.withheld_symptoms import Pile


class ConclusionState(msgspec.Struct, array_like=True):
    """Incidents, symptoms and the state of sources; new fields are added at the end."""

    incidents: dict[str, OpenIncident] = {}
    held: Pile = {}  # symptoms that a cause explains
    waiting: Pile = {}  # new symptoms
    causes: tuple[Cause, ...] = ()
    standings: dict[str, SourceStanding] = {}
    standstill: Standstill = msgspec.field(default_factory=Standstill)
    columns: dict[str, list[Interval]] = {}
    rates: dict[str, list[Count]] = {}
    versions: dict[str, str] = {}  # the version of each feature, by its name
    interim: Unsettled = {}  # reports whose symptoms wait


def renamed_state(state: ConclusionState, versions: Mapping[str, str]) -> ConclusionState:
    """Renames the features in a state to their current names; a removed version keeps its name."""
    names = new_names(state.versions, versions)
    if not names:
        return state
    return msgspec.structs.replace(
        state,
        incidents={name: renamed_incident(entry, names) for name, entry in state.incidents.items()},
        held=renamed_pile(state.held, names),
        waiting=renamed_pile(state.waiting, names),
        interim=renamed_reports(state.interim, names),
    )
