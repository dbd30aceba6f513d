"""Lists all laws by name."""

from collections.abc import Mapping

from governance.checking.laws.arrival_laws import BatchesLaw, OrderLaw, ReplayLaw
from governance.checking.laws.definition_laws import ComputesLaw, RulesLaw
from governance.checking.laws.law import Law
from governance.checking.laws.window_laws import DuplicatesLaw, ExpiryLaw, LateLaw

LAWS: Mapping[str, Law] = {
    "order": OrderLaw(),
    "batches": BatchesLaw(),
    "late": LateLaw(),
    "duplicates": DuplicatesLaw(),
    "expiry": ExpiryLaw(),
    "replay": ReplayLaw(),
    "computes": ComputesLaw(),
    "rules": RulesLaw(),
}
"""The laws in the order in which they are checked."""
