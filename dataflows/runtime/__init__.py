"""From the environment to a running dataflow. Imports nothing: numba loads a module of it while being imported."""
