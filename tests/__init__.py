"""The suite: one file per module, plus the oracles and generators they share."""
