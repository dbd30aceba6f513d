"""Checks the sections of a feature: aggregation or expression, rules, baseline, tests and version."""
