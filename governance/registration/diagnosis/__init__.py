"""Diagnoses which places disagree about a definition."""

from governance.registration.diagnosis.diagnosis import Diagnosis, diagnosed
from governance.registration.diagnosis.place import PLACES, PlaceVerdicts

__all__ = ["PLACES", "Diagnosis", "PlaceVerdicts", "diagnosed"]
