"""Decodes payloads to typed columns, and words the refusal of those that are not events."""
