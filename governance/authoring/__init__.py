"""Writes definitions: from templates, by edits that keep comments, from real events."""
