"""Determines what a change of definitions does: to topics, readers, cost and values."""
