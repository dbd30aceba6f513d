"""What a change of definitions does, before it is done."""

from governance.planning.change import CATEGORIES, Category, Change, FieldChange
from governance.planning.compatibility import Strategy, TopicChange, TopicSchemas, problem
from governance.planning.consumers import FeatureConsumer, consumers
from governance.planning.cost import Cost, CostChange
from governance.planning.markdown import MOST_CHARACTERS, markdown
from governance.planning.plan import Plan, plan
from governance.planning.price import Price
from governance.planning.versions import risen_versions
from governance.planning.words import lines

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
    "Price",
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
