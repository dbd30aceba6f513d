"""Looks up what feature topics held at given times: their records instead of a fold."""

from dataflows.history.served.answers import answer_served
from dataflows.history.served.feature_topic import FeatureTopic, feature_topics

__all__ = ["FeatureTopic", "answer_served", "feature_topics"]
