"""Checks the replacement of a deprecated definition: it exists, is another one, and does not lead back."""

from collections.abc import Mapping, Set

from dataflows.definitions.checks.file_errors import FileErrors
from dataflows.definitions.model.feature import FeatureSpec
from dataflows.definitions.model.feature_set import FeatureSetSpec
from dataflows.expectations import did_you_mean

_USE = ("deprecated", "use")
Specs = Mapping[str, FeatureSpec] | Mapping[str, FeatureSetSpec]


def check_deprecation(spec: FeatureSpec | FeatureSetSpec, known: Specs, unread: Set[str], errors: FileErrors) -> None:
    """Reports a replacement that is unknown, the definition itself, or replaced by it in turn."""
    noun, name = _kind_and_name(spec)
    use = spec.deprecated.use if spec.deprecated else None
    if use is None:
        return
    if use == name:
        errors.add(_USE, f"another {noun}", "it cannot replace itself")
    elif use not in known.keys() | unread:
        errors.add(_USE, f"a {noun} instead of {use}", did_you_mean(use, known.keys() - {name}))
    elif (path := _leads_back(name, use, known)) is not None:
        errors.add(_USE, f"a {noun} that does not lead back to {name}", " is replaced by ".join(path))


def _kind_and_name(spec: FeatureSpec | FeatureSetSpec) -> tuple[str, str]:
    return ("feature", spec.name) if isinstance(spec, FeatureSpec) else ("feature set", spec.set_name)


def _leads_back(name: str, use: str, known: Specs) -> tuple[str, ...] | None:
    """Returns the chain of replacements from a definition back to itself, if there is one."""
    path = [name]
    while use in known and use not in path:
        path.append(use)
        replaced = known[use].deprecated
        use = replaced.use or "" if replaced else ""
    return (*path, name) if use == name else None
