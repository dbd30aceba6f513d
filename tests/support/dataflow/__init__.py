"""Runs parts of the dataflow in the process of the test."""
