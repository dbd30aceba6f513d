"""Tests of measured baselines."""
