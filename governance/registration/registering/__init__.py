"""Carries out a plan: topics, schemas, then the registry."""

from governance.registration.registering.authorship import act_of
from governance.registration.registering.broker_schemas import schemas_of
from governance.registration.registering.register import RegistrationOutcome, register

__all__ = ["RegistrationOutcome", "act_of", "register", "schemas_of"]
