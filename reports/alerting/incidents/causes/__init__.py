"""Causes of incidents, and what they are told apart by."""
