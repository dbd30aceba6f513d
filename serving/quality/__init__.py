"""Reads quality reports and the state of the dataflow from Redis."""
