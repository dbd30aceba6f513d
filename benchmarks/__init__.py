"""What every published number comes from."""
