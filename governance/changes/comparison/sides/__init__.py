"""Prepares both sides of a comparison: definitions before and after, folded as one."""

from governance.changes.comparison.sides.compared import ComparedFeature, compared_features
from governance.changes.comparison.sides.joint import (
    BEFORE_MARK,
    ComparedSide,
    JointDefinitions,
    joint_definitions,
    origin_of,
)
from governance.changes.comparison.sides.side_rows import SideValues

__all__ = [
    "BEFORE_MARK",
    "ComparedFeature",
    "ComparedSide",
    "JointDefinitions",
    "SideValues",
    "compared_features",
    "joint_definitions",
    "origin_of",
]
