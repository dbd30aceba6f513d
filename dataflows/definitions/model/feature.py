"""Models a feature: as written in its file, and ready to use."""

from functools import cached_property
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, ConfigDict, Field

from dataflows.aggregations import AGGREGATIONS
from dataflows.definitions.model import durations
from dataflows.definitions.model.cases import Case, CaseSpec
from dataflows.definitions.model.deprecation import Deprecation
from dataflows.definitions.model.fields import (
    Duration,
    Email,
    EntityId,
    Listed,
    Matching,
    Model,
    Name,
    Number,
    Text,
    Topic,
    Url,
    Word,
    once,
)
from dataflows.definitions.model.hops import default_hop
from dataflows.definitions.model.rules import AnyRule
from dataflows.definitions.model.value_types import ValueType
from dataflows.definitions.model.version_names import VERSION_NAME, record_field, version_name
from dataflows.expectations import expected
from dataflows.kernels.opcodes import ValueKind

LIFETIME = "lifetime"
MOST_TAGS = 32
MOST_VERSION = 2**31 - 1
BaselineKey = Annotated[
    str,
    Matching(
        r"^(mean|std_dev|min|max|null_ratio|unique_ratio|true_ratio|p[0-9]{1,2}(_[0-9])?)$",
        "mean, std_dev, min, max, null_ratio, unique_ratio, true_ratio or a percentile such as p95 or p99_9",
    ),
]
_ENTITY_ID_SUFFIX = "_id"
_CALCULATED = ("source", "filter", "value", "aggregation", "window", "hop")


def _window(value: object) -> int:
    if value == LIFETIME:
        return 0
    try:
        return durations.parse(str(value))
    except ValueError:
        raise expected(f"{durations.EXPECTED}, or {LIFETIME}", durations.hint(value)) from None


Window = Annotated[
    int,
    BeforeValidator(_window, json_schema_input_type=str),
    Field(json_schema_extra={"type": "string", "pattern": f"^(lifetime|{durations.PATTERN})$"}),
]


class FeatureMetadata(Model):
    """Identity and ownership of a feature, shared by its file and the loaded definition."""

    feature_name: Annotated[Name, Field(description="Name of the feature, unique over all definitions.")]
    version: Annotated[
        int, Field(ge=1, le=MOST_VERSION, description="Version; raise it to recompute the feature from scratch.")
    ]
    candidate: Annotated[
        bool,
        Field(
            description="Whether this version stands beside the promoted one, as NAME@VERSION, until it is promoted."
        ),
    ] = False
    owner: Annotated[Email, Field(description="E-mail address of the owner.")]
    description: Annotated[Text, Field(description="Meaning of the value, for its users.")]
    value_type: Annotated[ValueType, Field(description="Type of the feature's value.")]
    entity_id: Annotated[EntityId, Field(description="Key of the entity that the feature describes.")]
    topic_name: Annotated[Topic, Field(description="Feature topic; all its features belong to one entity type.")]
    tags: Annotated[
        tuple[Word, ...], Listed, AfterValidator(once), Field(description="Search terms.", max_length=MOST_TAGS)
    ] = ()
    runbook: Annotated[Url | None, Field(description="Address that says what to do when an alert fires.")] = None
    deprecated: Annotated[
        Deprecation | None, Field(description="When the feature was deprecated, and what to read instead.")
    ] = None
    protected: Annotated[
        bool, Field(description="Whether a plan refuses to remove the feature or to change its contract or values.")
    ] = False
    source: Annotated[str | None, Field(description="Source of the events to fold.")] = None
    filter: Annotated[str | None, Field(description="SQL over the columns that selects events.")] = None
    value: Annotated[str | None, Field(description="SQL over the columns that yields the value to fold.")] = None
    aggregation: Annotated[str | None, Field(description="Aggregation that folds the values.")] = None
    expression: Annotated[
        str | None, Field(description="SQL over other features of the entity, for a derived feature.")
    ] = None
    validation_rules: Annotated[tuple[AnyRule, ...], Listed, Field(description="Rules that the values must meet.")] = ()
    baseline_profile: Annotated[
        dict[BaselineKey, Number],
        Field(default_factory=dict, description="Usual distribution of the values, for drift detection."),
    ]


class FeatureSpec(FeatureMetadata):
    """A feature file of feature_specs; options of the aggregation are additional keys."""

    model_config = ConfigDict(extra="allow")

    window: Annotated[Window | None, Field(description="Length of the window, or lifetime.")] = None
    hop: Annotated[
        Duration | None, Field(description="Step by which old events leave the window; divides the window.")
    ] = None
    tests: Annotated[
        tuple[CaseSpec, ...], Listed, Field(description="Tests: events, and the expected values at a given time.")
    ] = ()

    @property
    def name(self) -> str:
        """Returns the name that readers and other definitions use: `NAME@VERSION` for a candidate."""
        return version_name(self.feature_name, self.version) if self.candidate else self.feature_name

    @property
    def extras(self) -> dict[str, Any]:
        """Returns the keys that are not fields: options of the aggregation, or mistakes."""
        return self.model_extra or {}

    @cached_property
    def hop_ms(self) -> int:
        """Returns the hop (ms), as given or by the default rule; 0 for lifetime."""
        if not self.window:
            return 0
        return default_hop(self.window) if self.hop is None else self.hop

    @property
    def folding_keys(self) -> tuple[str, ...]:
        """Returns the keys of a folding feature that are set."""
        return tuple(key for key in _CALCULATED if getattr(self, key) is not None)


class Feature(FeatureMetadata):
    """A feature ready to use.

    `window_ms` and `hop_ms` are 0 for lifetime and for derived features; `options` is complete; `value_kind` is the
    kind of `value` or of `expression`, None without either; `reads` are the features that `expression` names.
    `fingerprint` identifies everything that decides the value: while it is unchanged, stored state stays valid.
    `feature_name` is the name that readers use, `NAME@VERSION` for a candidate.
    """

    feature_name: Annotated[str, Matching(rf"^([a-z][a-z0-9_]*|{VERSION_NAME})$", "the name of a feature")]

    window_ms: int
    hop_ms: int
    options: dict[str, int | float]
    value_kind: ValueKind | None
    reads: tuple[str, ...]
    tests: tuple[Case, ...]
    fingerprint: str

    @property
    def record_field(self) -> str:
        """Returns its field in the records of the feature topic."""
        return record_field(self.feature_name)

    @property
    def entity_type(self) -> str:
        """Returns its entity type: `user` for `user_id`."""
        return entity_type_of(self.entity_id)


def entity_type_of(entity_id: str) -> str:
    """Returns the entity type of an entity id's name; a type is returned unchanged.

    >>> entity_type_of("user_id"), entity_type_of("user")
    ('user', 'user')
    """
    return entity_id.removesuffix(_ENTITY_ID_SUFFIX)


OPTION_NAMES = frozenset(name for aggregation in AGGREGATIONS.values() for name in aggregation.options)
