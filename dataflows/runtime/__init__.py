"""Turns the environment into a running dataflow. Imports nothing, because numba loads a module of it while being
imported."""
