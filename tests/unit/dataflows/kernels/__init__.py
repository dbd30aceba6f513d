"""Tests of `dataflows.kernels`."""
