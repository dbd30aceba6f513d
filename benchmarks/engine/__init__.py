"""The engine alone, and the speeds to beat."""
