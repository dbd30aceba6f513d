"""Carries out a plan: topics, schemas, then the registry."""

from governance.registration.registering.authorship import act_of
from governance.registration.registering.broker_schemas import schemas_of
from governance.registration.registering.register import Outcome, register

__all__ = ["Outcome", "act_of", "register", "schemas_of"]
