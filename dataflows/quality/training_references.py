"""Reads training references: profiles in the manifests of the data sets that feature sets name, by feature.

An unusable data set is logged once when a run starts; values are then judged without it.
"""

import base64
import logging
from collections.abc import Iterator, Mapping
from pathlib import Path

import fsspec
import msgspec
import pyarrow as pa
import pyarrow.parquet as pq

from connectors.archive import refusals_of
from connectors.errors import UNDECODABLE
from dataflows.definitions import Definitions, Feature, FeatureSet
from dataflows.quality.error_boundary import error_boundary
from reports.drift import TrainingReference
from reports.profiling import Profile, kind_of

log = logging.getLogger(__name__)

MANIFEST_KEY = "headrace"
"""Key of the manifest in the metadata of a data set's Parquet file."""


class UnusableDataSet(Exception):
    """Values cannot be compared with a data set; the text gives the reason and a remedy."""


class _Origin(msgspec.Struct, frozen=True):
    feature: str
    fingerprint: str


class _Column(msgspec.Struct, frozen=True):
    profile: str = ""


class _Manifest(msgspec.Struct, frozen=True):
    """The part of a manifest that is read here."""

    features: tuple[_Origin, ...]
    profile: Mapping[str, _Column] = {}


def training_references(definitions: Definitions, specs: Path) -> dict[str, list[TrainingReference]]:
    """Returns the profiles to compare each feature with; paths are relative to the folder of definitions."""
    references: dict[str, list[TrainingReference]] = {}
    for feature_set in definitions.sets.values():
        if feature_set.reference is not None:
            with error_boundary(f"the reference of feature set {feature_set.set_name}"):
                for name, known in _of_set(feature_set, feature_set.reference, specs):
                    references.setdefault(name, []).append(known)
    return references


def trained_profile(feature: Feature, reference: str, folder: Path) -> Profile:
    """Returns the profile of a feature in a data set, whose path is relative to a folder. Raises UnusableDataSet."""
    return _profile(feature, _manifest(reference, folder))


def _of_set(feature_set: FeatureSet, reference: str, specs: Path) -> Iterator[tuple[str, TrainingReference]]:
    try:
        manifest = _manifest(reference, specs)
    except UnusableDataSet as error:
        _tell(feature_set, f"{error}; its features are checked without it")
        return
    for feature in feature_set.features:
        try:
            known = TrainingReference(
                f"data set {_name(feature_set)} of {feature_set.set_name}", _profile(feature, manifest)
            )
        except UnusableDataSet as error:
            _tell(feature_set, f"{feature.feature_name} {error}; it is checked without the data set")
        else:
            yield feature.feature_name, known


def _profile(feature: Feature, manifest: _Manifest) -> Profile:
    """Returns the profile of a feature if it has the loaded definition. Raises UnusableDataSet."""
    fingerprints = {origin.feature: origin.fingerprint for origin in manifest.features}
    stored = manifest.profile.get(feature.feature_name)
    if feature.feature_name not in fingerprints or stored is None or not stored.profile:
        raise UnusableDataSet("is missing from the data set; rebuild it with all features of the set")
    if fingerprints[feature.feature_name] != feature.fingerprint:
        raise UnusableDataSet(
            "had another definition when the data set was made; rebuild the data set and retrain the model"
        )
    try:
        profile = Profile.load(base64.b64decode(stored.profile, validate=True))
    except (*UNDECODABLE, ValueError, TypeError) as error:
        raise UnusableDataSet(
            f"has a profile in the data set that cannot be read ({error}); rebuild the data set"
        ) from error
    if profile.kind != kind_of(feature.value_type):
        raise UnusableDataSet(f"is profiled in the data set as {profile.kind}; rebuild the data set")
    return profile


def _manifest(reference: str, specs: Path) -> _Manifest:
    """Reads the manifest of a data set. Raises UnusableDataSet."""
    metadata = _metadata(reference, specs)
    if MANIFEST_KEY.encode() not in metadata:
        raise UnusableDataSet("its metadata contain no manifest; expected a data set written by `headrace dataset`")
    try:
        return msgspec.json.decode(metadata[MANIFEST_KEY.encode()], type=_Manifest)
    except UNDECODABLE as error:
        raise UnusableDataSet(f"its manifest cannot be read: {error}; rebuild the data set") from error


def _metadata(reference: str, specs: Path) -> Mapping[bytes, bytes]:
    """Reads metadata from a URL, or from a path relative to the folder of definitions. Raises UnusableDataSet."""
    refusals: tuple[type[Exception], ...] = (ImportError,)
    try:
        system, path = fsspec.core.url_to_fs(reference if "://" in reference else str(specs / reference))
        refusals = refusals_of(system)
        with system.open(path, "rb") as file:
            return pq.read_metadata(file).metadata or {}
    except (*refusals, ValueError, pa.ArrowException) as error:
        message = f"it cannot be read: {_reason(error, reference)}; expected a data set written by `headrace dataset`"
        raise UnusableDataSet(message) from error


def _reason(error: Exception, reference: str) -> str:
    """Words an error without its text for a URL, because the text may contain the URL's secrets."""
    if isinstance(error, FileNotFoundError):
        return "no such file"
    return type(error).__name__ if "://" in reference else (str(error).splitlines() or [type(error).__name__])[0]


def _name(feature_set: FeatureSet) -> str:
    """Returns the file name only, because the rest of a URL may be secret."""
    return str(feature_set.reference).rsplit("/", 1)[-1]


def _tell(feature_set: FeatureSet, text: str) -> None:
    log.warning("feature set %s: reference %s: %s", feature_set.set_name, _name(feature_set), text)
