"""Tests of baselines that are measured."""
