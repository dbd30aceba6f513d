"""Whole programs and pages in a real browser."""
