"""Plans a change of definitions before it is made."""

from governance.changes.planning.change import CATEGORIES, Category, Change, FieldChange
from governance.changes.planning.compatibility import Strategy, TopicChange, TopicSchemas, problem
from governance.changes.planning.consumers import FeatureConsumer, consumers
from governance.changes.planning.cost import Cost, CostChange
from governance.changes.planning.markdown import MOST_CHARACTERS, markdown
from governance.changes.planning.plan import Plan, plan
from governance.changes.planning.state_restart import StateRestart
from governance.changes.planning.versions import risen_versions
from governance.changes.planning.words import lines

__all__ = [
    "CATEGORIES",
    "MOST_CHARACTERS",
    "Category",
    "Change",
    "Cost",
    "CostChange",
    "FeatureConsumer",
    "FieldChange",
    "Plan",
    "StateRestart",
    "Strategy",
    "TopicChange",
    "TopicSchemas",
    "consumers",
    "lines",
    "markdown",
    "plan",
    "problem",
    "risen_versions",
]
