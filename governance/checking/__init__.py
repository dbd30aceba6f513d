"""Checks definitions: laws that they break, mistakes beside their lines."""
