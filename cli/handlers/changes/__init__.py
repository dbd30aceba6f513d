"""How definitions change: what the commands around a plan and the registry do."""
