"""Determines what a run resumes: the recovery store, checked before the engine opens it."""

from dataflows.runtime.recovery.continuation import read_afresh, taken_up
from dataflows.runtime.recovery.histories import histories
from dataflows.runtime.recovery.resumption import NOTHING, resumption_of
from dataflows.runtime.recovery.saved_fingerprints import saved_fingerprints
from dataflows.runtime.recovery.store import RecoveryRefused

__all__ = ["NOTHING", "RecoveryRefused", "histories", "read_afresh", "resumption_of", "saved_fingerprints", "taken_up"]
