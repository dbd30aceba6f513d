"""What a feature must hold: its aggregation or expression, its rules, baseline, tests and version."""
