"""Which places disagree about what a definition is."""

from governance.registration.diagnosis.diagnosis import Diagnosis, diagnosed
from governance.registration.diagnosis.place import PLACES, Place

__all__ = ["PLACES", "Diagnosis", "Place", "diagnosed"]
