"""Tests of suggested tests."""
