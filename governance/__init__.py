"""How definitions change: what a change does, who is told, and what is on record."""
