"""Checks laws that every definition keeps, on generated events by the kernels of a live run."""

from governance.checking.laws.catalogue import LAWS
from governance.checking.laws.counterexample import counterexample
from governance.checking.laws.engine import ArrivedEvents, FeatureEngine, GeneratedEvent, LiveResult
from governance.checking.laws.example import FuzzExample
from governance.checking.laws.law import BrokenLaw, Law

__all__ = [
    "LAWS",
    "ArrivedEvents",
    "BrokenLaw",
    "FeatureEngine",
    "FuzzExample",
    "GeneratedEvent",
    "Law",
    "LiveResult",
    "counterexample",
]
