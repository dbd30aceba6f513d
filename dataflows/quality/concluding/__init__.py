"""Turns verdicts into incidents and alerts."""
