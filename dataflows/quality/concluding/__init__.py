"""What all verdicts come to: incidents and alerts."""
