"""Tests of `compiled_loops`."""
