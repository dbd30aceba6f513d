"""What tests share; README.md of the tests lists it."""
