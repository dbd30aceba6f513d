"""Options, start and end of this process."""
