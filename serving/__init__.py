"""Serves features and their quality: an online client, an API and pages."""
