"""What is wrong with definitions: laws that they break, mistakes beside their lines."""
