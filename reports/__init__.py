"""Profiles features, detects drift, raises alerts, and renders charts and reports. Knows nothing of the dataflow."""
