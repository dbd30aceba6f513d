"""Creates new feature repositories, and new definitions in them."""

from governance.authoring.scaffolding.definition_files import (
    NewFeatureOptions,
    NewSourceOptions,
    new_feature,
    new_set,
    new_source,
)
from governance.authoring.scaffolding.new_files import AlreadyThere, NothingWritten
from governance.authoring.scaffolding.repository import init_repository
from governance.authoring.scaffolding.requirement import Requirement, own_requirement
from governance.authoring.scaffolding.sample import InvalidSample, SampledEvents
from governance.authoring.scaffolding.unclear import UnclearDefinition

__all__ = [
    "AlreadyThere",
    "InvalidSample",
    "NewFeatureOptions",
    "NewSourceOptions",
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
