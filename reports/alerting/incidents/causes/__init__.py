"""Causes of incidents, and the evidence that tells them apart."""
