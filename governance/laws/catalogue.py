"""All laws by name."""

from collections.abc import Mapping

from governance.laws.arrival_laws import Batches, Order, Replay
from governance.laws.definition_laws import Computes, Rules
from governance.laws.law import Law
from governance.laws.window_laws import Duplicates, Expiry, Late

LAWS: Mapping[str, Law] = {
    "order": Order(),
    "batches": Batches(),
    "late": Late(),
    "duplicates": Duplicates(),
    "expiry": Expiry(),
    "replay": Replay(),
    "computes": Computes(),
    "rules": Rules(),
}
"""In the order in which they are checked."""
