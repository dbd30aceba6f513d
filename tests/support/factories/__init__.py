"""Makes definitions, events, reports and rows."""
