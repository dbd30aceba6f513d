"""Registers definitions: the registry, the acts of registering, and a diagnosis of places that disagree."""
