"""The public interface of Headrace: every name that a program may rely on. Everything else can change with any version.

A name is imported on first use, so that a service that reads features over HTTP loads no engine.

>>> from headrace import load
>>> load("feature_specs").feature_set("fraud_v1").entity_ids
('item_id', 'user_id')
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from connectors.errors import HeadraceError
    from dataflows.definitions import DefinitionErrors, Definitions, Feature, FeatureSet
    from dataflows.history.datasets import training_set
    from headrace.definitions import load
    from headrace.errors import InvalidRequest, ServiceUnavailable
    from headrace.feature_client import FeatureClient
    from serving.features.answers import EntityAnswer, UnreadableAnswer
    from serving.features.entity_features import UnreadableEntity

__all__ = [
    "DefinitionErrors",
    "Definitions",
    "EntityAnswer",
    "Feature",
    "FeatureClient",
    "FeatureSet",
    "HeadraceError",
    "InvalidRequest",
    "ServiceUnavailable",
    "UnreadableAnswer",
    "UnreadableEntity",
    "load",
    "training_set",
]

_MODULES = {
    "DefinitionErrors": "dataflows.definitions",
    "Definitions": "dataflows.definitions",
    "EntityAnswer": "serving.features.answers",
    "Feature": "dataflows.definitions",
    "FeatureClient": "headrace.feature_client",
    "FeatureSet": "dataflows.definitions",
    "HeadraceError": "connectors.errors",
    "InvalidRequest": "headrace.errors",
    "ServiceUnavailable": "headrace.errors",
    "UnreadableAnswer": "serving.features.answers",
    "UnreadableEntity": "serving.features.entity_features",
    "load": "headrace.definitions",
    "training_set": "dataflows.history.datasets",
}
"""Maps each name to its module. A new name needs a row here, in `__all__` and among the imports for type checkers."""


def __getattr__(name: str) -> object:
    """Imports a name on first use."""
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    exported = globals()[name] = getattr(import_module(_MODULES[name]), name)
    return exported


def __dir__() -> list[str]:
    """Lists the names, imported or not."""
    return sorted({*globals(), *__all__})
