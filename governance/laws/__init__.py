"""Laws that every definition keeps, checked on generated events by the kernels of a live run."""

from governance.laws.catalogue import LAWS
from governance.laws.counterexample import counterexample
from governance.laws.engine import ArrivedEvents, FeatureEngine, GeneratedEvent, LiveResult
from governance.laws.example import FuzzExample
from governance.laws.law import BrokenLaw, Law

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
