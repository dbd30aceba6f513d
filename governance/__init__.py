"""Governs changes of definitions: what a change does, who is notified, and what is recorded."""
