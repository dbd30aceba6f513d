"""How definitions are written: from templates, by edits that keep comments, from real events."""
