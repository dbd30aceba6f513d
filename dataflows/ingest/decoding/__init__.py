"""From payloads to typed columns, and to refusals of what is no event."""
