"""Governs changes of definitions: what a change does, who is told, and what is on record."""
