"""New feature repositories, and new definitions in them."""

from governance.scaffolding.definition_files import AskedFeature, new_feature, new_set, new_source
from governance.scaffolding.feature_shape import UnclearDefinition
from governance.scaffolding.new_files import AlreadyThere
from governance.scaffolding.repository import init_repository
from governance.scaffolding.sample import InvalidSample, SampledEvents

__all__ = [
    "AlreadyThere",
    "AskedFeature",
    "InvalidSample",
    "SampledEvents",
    "UnclearDefinition",
    "init_repository",
    "new_feature",
    "new_set",
    "new_source",
]
