"""Tests of `headrace`, the public package."""
