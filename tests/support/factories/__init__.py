"""Definitions, events, reports and rows, made up."""
