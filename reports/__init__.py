"""Whether features can be trusted: profiles, drift, alerts, charts and reports. Knows nothing of the dataflow."""
