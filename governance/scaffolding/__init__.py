"""New feature repositories, and new definitions in them."""

from governance.scaffolding.definition_files import AskedFeature, AskedSource, new_feature, new_set, new_source
from governance.scaffolding.new_files import AlreadyThere, NothingWritten
from governance.scaffolding.repository import init_repository
from governance.scaffolding.requirement import Requirement, own_requirement
from governance.scaffolding.sample import InvalidSample, SampledEvents
from governance.scaffolding.unclear import UnclearDefinition

__all__ = [
    "AlreadyThere",
    "AskedFeature",
    "AskedSource",
    "InvalidSample",
    "NothingWritten",
    "Requirement",
    "SampledEvents",
    "UnclearDefinition",
    "init_repository",
    "new_feature",
    "new_set",
    "new_source",
    "own_requirement",
]
