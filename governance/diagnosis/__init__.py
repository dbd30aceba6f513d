"""Which places disagree about what a definition is."""

from governance.diagnosis.diagnosis import Diagnosis, diagnosed
from governance.diagnosis.place import PLACES, Place

__all__ = ["PLACES", "Diagnosis", "Place", "diagnosed"]
