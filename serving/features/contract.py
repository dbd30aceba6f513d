"""What the API and its clients agree on: where features are read, and how much one request may ask for."""

FEATURES_PATH = "/api/v1/features"
SET_KEY = "set"
"""The key of a query that names a feature set."""
MOST_ENTITIES = 1_000
"""Entities of one request."""
MOST_BODY_BYTES = 1_000_000
