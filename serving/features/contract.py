"""Defines the contract of the API and its clients: the path for reading features, and the limits of a request."""

FEATURES_PATH = "/api/v1/features"
SET_KEY = "set"
"""Query parameter that names a feature set."""
MOST_ENTITIES = 1_000
"""Most entities of one request."""
MOST_BODY_BYTES = 1_000_000
