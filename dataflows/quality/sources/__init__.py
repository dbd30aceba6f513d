"""Judges sources: counts their events by time, and samples them."""
